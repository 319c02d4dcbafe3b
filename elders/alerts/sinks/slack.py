"""Notices to a chat room by an incoming webhook, as Slack and Mattermost have them."""

from __future__ import annotations

import json
from typing import Final

from elders.alerts.model import Kind, Notice
from elders.alerts.sinks.posting import Poster
from elders.alerts.wording import text_of
from elders.severity import Severity
from foundation.breaker import Breakers

_LONGEST: Final = 3_500
_SIGNS: Final = {
    Severity.CRITICAL: ":rotating_light:",
    Severity.HIGH: ":red_circle:",
    Severity.MEDIUM: ":large_orange_circle:",
    Severity.LOW: ":large_blue_circle:",
}


def slack_text(notice: Notice) -> str:
    """Write a notice for a chat room; nothing in it is a command, a link or a mention there."""
    sign = ":white_check_mark:" if notice.kind is Kind.RESOLVED else _SIGNS[notice.severity]
    text = text_of(notice)[:_LONGEST]
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, escaped)
    return f"{sign} {text}"


class SlackSink:
    """Posts `{"text": …}` to an address that is a secret itself.

    Args:
        name: as the rules name it.
        url: the room's incoming webhook.
        breakers: where its breaker is.

    Raises:
        InvalidInput: the address is none.
    """

    def __init__(self, name: str, url: str, *, breakers: Breakers) -> None:
        self.name = name
        self._poster = Poster(url, name=name, breakers=breakers)

    async def send(self, notice: Notice, receiver: str) -> None:
        """Post a notice.

        Raises:
            Unavailable: it did not answer, or not now.
            InvalidInput: it refused.
        """
        text = f"{slack_text(notice)}\nfor {receiver}"
        await self._poster.post(json.dumps({"text": text}).encode(), {})

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()
