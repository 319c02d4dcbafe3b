"""What members of the tree send each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.ids import new_id

_FORMAT: Final = 1

Body = Mapping[str, Any]
"""Whatever JSON can say; finite numbers alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a message's way up the tree: who passed it to whom, when and why."""

    sender: str
    recipient: str
    at: Micros
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message; it is never changed, only sent on as another with the same `key`.

    Attributes:
        topic: what it is about, such as `task.assign`; it says what `body` holds.
        at: when it was made.
        expires_at: after which nobody is to act on it; None for never.
        id: of this sending: a redelivery has the same.
        key: of its effect: whoever acts on it does so once for each key, however often it comes.
        correlation_id: the `id` of the request that it answers.
        reply_to: who waits for the answer.
        history: its steps until now, the first one first.
    """

    sender: str
    recipient: str
    topic: str
    body: Body
    at: Micros
    expires_at: Micros | None = None
    id: str = field(default_factory=new_id)
    key: str = field(default_factory=new_id)
    correlation_id: str | None = None
    reply_to: str | None = None
    history: Sequence[Step] = ()

    def encode(self) -> bytes:
        """Write it as JSON, UTF-8.

        Raises:
            InvalidInput: its body is more than JSON can say.
        """
        try:
            told = {"format": _FORMAT, **asdict(self)}
            return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInput(f"the body of {self.topic[:80]!r} is no JSON: {error}") from error


def decode(data: bytes) -> Message:
    """Read what `Message.encode` wrote.

    Raises:
        InvalidInput: it is something else, or of another version of this program.
    """
    try:
        told = json.loads(data)
        if told.pop("format") != _FORMAT:
            raise InvalidInput("the message is of another version of this program")
        steps = tuple(Step(**each) for each in told.pop("history"))
        message = Message(history=steps, **told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"{len(data)} bytes are no message of the Elder Tree") from error
    if not _sound(message):
        raise InvalidInput(f"{len(data)} bytes are no message of the Elder Tree: a field's type")
    return message


def _sound(message: Message) -> bool:
    texts = (message.sender, message.recipient, message.topic, message.id, message.key)
    times = (message.at, *([] if message.expires_at is None else [message.expires_at]))
    maybe = (message.correlation_id, message.reply_to)
    return (
        all(isinstance(each, str) for each in texts)
        and all(type(each) is int for each in times)
        and all(each is None or isinstance(each, str) for each in maybe)
        and isinstance(message.body, dict)
        and all(
            isinstance(getattr(step, each.name), int if each.name == "at" else str)
            for step in message.history
            for each in fields(Step)
        )
    )
