"""What members of the tree tell the Incident Sage is an alert, and their own."""

from __future__ import annotations

from typing import Any

import pytest

from elders.alerts.raising import RAISE, raised
from elders.messages import Message
from elders.severity import Severity
from foundation.clock import Micros
from foundation.errors import InvalidInput

BODY: dict[str, Any] = {
    "rule": "certificate", "severity": "high", "summary": "it ends on Monday",
    "labels": {"service": "mail", "member": "grand_elder"}, "tags": ["security"],
}  # fmt: skip


def message(body: dict[str, Any], sender: str = "servant.mail") -> Message:
    return Message(sender, "incident_sage", RAISE, body, Micros(7))


def test_a_message_becomes_an_alert_of_its_sender() -> None:
    made = raised(message(BODY))
    assert (made.rule, made.severity, made.service, made.at) == (
        "certificate", Severity.HIGH, "mail", 7,
    )  # fmt: skip
    assert (made.labels["member"], made.tags) == ("servant.mail", frozenset({"security"}))
    over = raised(message({**BODY, "resolved": True}))
    assert (over.fingerprint, over.resolved) == (made.fingerprint, True)
    assert raised(message(BODY, "servant.other")).fingerprint != made.fingerprint


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"severity": "dire"}, "severity"), ({"rule": 7}, "rule"), ({"labels": {"a": 1}}, "labels"),
        ({"rule": ""}, "rule"), ({"summary": "x" * 3_000}, "summary"), ({"sort": "low"}, "sort"),
        ({"labels": {str(n): "x" for n in range(60)}}, "labels"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        raised(message({**BODY, **more}))
