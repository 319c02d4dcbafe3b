"""Alerts of members of the tree: a message to the Incident Sage is one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from elders.alerts.model import Alert, check_alert
from elders.messages import Message
from elders.severity import Severity
from foundation.errors import InvalidInput

RAISE: Final = "alert.raise"
"""`rule`, `severity` and `summary`, and if need be `labels`, `tags` and `resolved`."""

MEMBER: Final = "member"
"""The label that names the sender: nobody ends what another one raised."""


@with_config(ConfigDict(extra="forbid", strict=False))
@dataclass(frozen=True, slots=True)
class _Raised:
    rule: str
    severity: Severity
    summary: str
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    resolved: bool = False


_RAISED: Final = TypeAdapter(_Raised)


def raised(message: Message) -> Alert:
    """Read an alert as a member wrote it.

    Raises:
        InvalidInput: it is none, or too large.
    """
    try:
        told = _RAISED.validate_python(message.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "its body"
        raise InvalidInput(f"it is no alert: {where}: {first['msg']}") from None
    labels = {**told.labels, MEMBER: message.sender}
    alert = Alert(
        told.rule,
        told.severity,
        labels,
        told.summary,
        message.at,
        frozenset(told.tags),
        resolved=told.resolved,
    )
    check_alert(alert)
    return alert
