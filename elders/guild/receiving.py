"""What members do with messages that are no business of their own: keep, hand on, or refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from elders.alerts.sinks.tree import TOPIC as ALERT
from elders.guild.inbox import Inbox
from elders.improving.wording import NOT_TRIED, SUGGESTED
from elders.incidents.learn import LEARNED
from elders.messages import Body, Message
from elders.transport import Handler, Transport
from elders.transports.requests import answering
from elders.tree.council import ASKED, Decision
from elders.tree.hierarchy import proper_path
from elders.tree.reports import CRITICAL, DIGEST
from elders.tree.routing import Request, route
from elders.tree.tree import DECISION, REQUEST, URGENT, ElderTree
from foundation.clock import Clock
from foundation.errors import Forbidden, GuildError, InvalidInput

_KEPT: Final = frozenset({ALERT, DIGEST, CRITICAL, LEARNED, SUGGESTED, NOT_TRIED})
_REQUEST: Final = TypeAdapter(Request)
_DECISION: Final = TypeAdapter(Decision)


class Receiving:
    """Makes of a member's handler one that gets what concerns the member's own work alone.

    Reports, alerts, lessons of incidents, suggestions of improvement, and what rose are kept in the
    inbox. A request is kept by the member whom its nature names, handed on towards that one by any
    other, and answered with the route. A decision is kept if it may be made, and refused otherwise;
    a request for a Sage's opinion as long as it is needed.

    Args:
        transport: carries answers.
        tree: this process's door to it.
        inbox: what is kept for people.
        clock: what time it is.
    """

    def __init__(
        self, transport: Transport, tree: ElderTree, inbox: Inbox, *, clock: Clock
    ) -> None:
        self._transport = transport
        self._tree = tree
        self._inbox = inbox
        self._clock = clock

    def around(self, member: str, handler: Handler) -> Handler:
        """Answer the handler of all that comes to a member, given that of its own work."""
        asked = answering(self._transport, member, self._request, clock=self._clock)
        decided = answering(self._transport, member, self._decision, clock=self._clock)
        opinion = answering(self._transport, member, self._opinion, clock=self._clock)
        others: Mapping[str, Handler] = {REQUEST: asked, DECISION: decided, ASKED: opinion}

        async def handle(message: Message) -> None:
            if message.topic in _KEPT or (message.history and message.topic != DECISION):
                await self.keep(message)
            else:
                await others.get(message.topic, handler)(message)

        return handle

    async def keep(self, message: Message) -> None:
        """Keep a message for people."""
        await asyncio.to_thread(self._inbox.put, message)

    async def may_be(self, message: Message) -> bool:
        """Tell whether a decision may be made."""
        try:
            await self._check(message)
        except GuildError:
            return False
        return True

    async def _request(self, message: Message) -> Body:
        request = _read(_REQUEST, message.body.get("request"), "request")
        chosen, member = route(request), message.recipient
        told = {
            "recipient": chosen.recipient,
            "through": chosen.through,
            "rule": chosen.rule.value,
            "confidence": chosen.confidence,
        }
        if chosen.recipient != member:
            following = proper_path(member, chosen.recipient)[1]
            body = {**message.body, "rule": chosen.rule, "confidence": chosen.confidence}
            await self._tree.send(
                Message(member, following, REQUEST, body, self._clock(), key=message.key)
            )
            return told
        await self.keep(message)
        if chosen.rule in URGENT:
            await self._tree.submit(request, key=message.key)
        return told

    async def _decision(self, message: Message) -> Body:
        await self._check(message)
        await self.keep(message)
        return {}

    async def _opinion(self, message: Message) -> Body:
        decision = _read(_DECISION, message.body, "decision")
        if message.recipient in {each.recipient for each in await self._tree.lacking(decision)}:
            await self.keep(message)
        return {}

    async def _check(self, message: Message) -> None:
        decision = _read(_DECISION, message.body, "decision")
        if decision.by != message.sender:
            raise Forbidden(f"{message.sender} may not tell a decision of {decision.by[:80]!r}")
        await self._tree.check(decision)


def _read(adapter: TypeAdapter[Any], told: object, what: str) -> Any:  # noqa: ANN401 - what it reads
    try:
        return adapter.validate_python(told)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "its body"
        raise InvalidInput(f"it is no {what}: {where}: {first['msg']}") from None
