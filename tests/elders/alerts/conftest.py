"""Ways to make alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from elders.alerts.model import Alert, Notice
from elders.severity import Severity
from foundation.clock import Micros
from foundation.errors import GuildError
from tests.elders.conftest import START


def alert(
    rule: str = "latency",
    severity: str = "high",
    *,
    at: float = 0,
    summary: str = "slow",
    tags: tuple[str, ...] = (),
    resolved: bool = False,
    **labels: str,
) -> Alert:
    moment = Micros(int((START + at) * 1_000_000))
    named = Severity(severity)
    return Alert(rule, named, labels, summary, moment, frozenset(tags), resolved=resolved)


@dataclass
class Box:
    """A sink that keeps what it is sent, and fails as its script says."""

    name: str = "box"
    sent: list[tuple[str, Notice]] = field(default_factory=list)
    failing: GuildError | None = None

    async def send(self, notice: Notice, receiver: str) -> None:
        if self.failing is not None:
            raise self.failing
        self.sent.append((receiver, notice))

    async def close(self) -> None: ...

    @property
    def notices(self) -> list[Notice]:
        return list({notice.key: notice for _, notice in self.sent}.values())


def notice(**more: Any) -> Notice:
    from elders.alerts.model import Kind, Line

    told: dict[str, Any] = {
        "composite": "c1", "number": 1, "kind": Kind.FIRING, "severity": Severity.HIGH,
        "title": "slow", "cause": "db", "opened_at": Micros(START * 1_000_000),
        "at": Micros(START * 1_000_000), "members": 1, "reports": 3, "muted": 0,
        "lines": [Line("latency", Severity.HIGH, 1, 3, ["db"], "slow")], "critical": [],
        "unnamed": 0, "receivers": ("claude_elder",),
    }  # fmt: skip
    return Notice(**(told | more))
