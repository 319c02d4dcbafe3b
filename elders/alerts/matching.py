"""Conditions on alerts, written as Prometheus' Alertmanager has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from elders.alerts.model import Alert
from foundation.errors import InvalidInput
from foundation.patterns import deferred

_FORM: Final = deferred(r'\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*')
_ESCAPED: Final = deferred(r'\\(["\\])')
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on a label, or on the `rule` or the `severity`.

    Attributes:
        name: of the label; a label that an alert lacks is "".
        pattern: of the whole value.
        wanted: False where values must not be so.
    """

    name: str
    pattern: re.Pattern[str]
    wanted: bool
    text: str

    def fits(self, alert: Alert) -> bool:
        """Tell whether an alert is meant."""
        named = {"rule": alert.rule, "severity": alert.severity.value}
        value = named.get(self.name, alert.labels.get(self.name, ""))
        return (self.pattern.fullmatch(value) is not None) is self.wanted


def matcher(text: str) -> Matcher:
    """Read a condition: `name="value"`, `!=`, or `=~` and `!~` with a regular expression.

    Raises:
        InvalidInput: it is none.
    """
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise InvalidInput(
            f'{text[:80]!r} is no condition: write service="api", severity!="low" or'
            ' rule=~"latency.*"'
        )
    name, operator, value = found.groups()
    plain = operator in ("=", "!=")
    wanted = operator in ("=", "=~")
    try:
        pattern = re.compile(re.escape(_ESCAPED.sub(r"\1", value)) if plain else value)
    except re.error as error:
        raise InvalidInput(f"{text[:80]!r} has no regular expression: {error}") from error
    return Matcher(name, pattern, wanted, text.strip())


def all_fit(matchers: Sequence[Matcher], alert: Alert) -> bool:
    """Tell whether an alert fulfils every condition; of none at all it does not."""
    return bool(matchers) and all(each.fits(alert) for each in matchers)
