"""Conditions on alerts, written as Prometheus' Alertmanager has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import re2

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
        pattern: of the whole value, compiled by RE2: a match takes time linear in it.
        wanted: False where values must not be so.
    """

    name: str
    pattern: Any
    wanted: bool
    text: str

    def fits(self, alert: Alert) -> bool:
        """Tell whether an alert is meant."""
        named = {"rule": alert.rule, "severity": alert.severity.value}
        value = named.get(self.name, alert.labels.get(self.name, ""))
        readable = value.encode(errors="replace").decode()  # what a label says need not be Unicode
        return (self.pattern.fullmatch(readable) is not None) is self.wanted


def matcher(text: str) -> Matcher:
    """Read a condition: `name="value"`, `!=`, or `=~` and `!~` with a regular expression of RE2.

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
    options = re2.Options()
    options.log_errors = False
    try:
        literal = re2.escape(_ESCAPED.sub(r"\1", value)) if plain else value
        pattern = re2.compile(literal, options)
    except (re2.error, UnicodeEncodeError) as error:
        why = error.args[0].decode() if isinstance(error, re2.error) else "it is no Unicode"
        raise InvalidInput(f"{text[:80]!r} has no regular expression of RE2: {why}") from error
    return Matcher(name, pattern, wanted, text.strip())


def all_fit(matchers: Sequence[Matcher], alert: Alert) -> bool:
    """Tell whether an alert fulfils every condition; of none at all it does not."""
    return bool(matchers) and all(each.fits(alert) for each in matchers)
