"""Decisions of strategic kind, and the Sages' opinions that they must carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, String, Table, Text, insert, select, update

from elders.levels import CLAUDE_ELDER, Level, Sage, elder
from elders.messages import Message
from elders.store import metadata
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import Forbidden, InsufficientAuthority, InvalidInput
from foundation.ids import content_hash

FRESH_SECONDS: Final = 7 * 86_400
"""How old an opinion may be when the decision is made."""

ASKED: Final = "opinion.asked"
"""To a Sage, with the decision of which its opinion is needed, as it would be told."""

_MICROS: Final = 1_000_000
_KEY_DIGITS: Final = 24

REQUIRED: Final[Mapping[str, frozenset[Sage]]] = {
    "strategy": frozenset(Sage),
    "architecture": frozenset(Sage),
    "security": frozenset({Sage.INCIDENT, Sage.KNOWLEDGE}),
    "capacity": frozenset({Sage.TASK, Sage.INCIDENT}),
    "knowledge": frozenset({Sage.KNOWLEDGE, Sage.RAG}),
    "operation": frozenset(),
}
"""Whose opinions a decision of each kind must carry; an operation is no strategic decision."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a Sage thinks of a decision.

    Attributes:
        subject: of the decision: see `Decision.subject`.
        approves: an objection is an opinion too; whoever decides must have heard it.
    """

    sage: Sage
    subject: str
    approves: bool
    reason: str
    at: Micros


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided, by whom, and what the Sages said of exactly this."""

    kind: str
    text: str
    by: str
    opinions: Sequence[Opinion] = ()

    @property
    def subject(self) -> str:
        """Identify what opinions are about: another text is another decision."""
        return content_hash(self.kind, self.text)


def check_decision(
    decision: Decision,
    signed: Mapping[Sage, Opinion],
    now: Micros,
    *,
    required: Mapping[str, frozenset[Sage]] = REQUIRED,
) -> None:
    """Refuse a decision that may not be made, or not yet.

    Args:
        decision: what is decided.
        signed: what each Sage itself has said of this subject.
        now: when it is decided.
        required: whose opinions each kind needs.

    Raises:
        InvalidInput: there is no such kind.
        InsufficientAuthority: it is strategic, and not for a servant or a Sage.
        Forbidden: a required opinion is missing, old, of another decision, or not the Sage's own.
    """
    if wrong := _faults(decision, signed, now, required):
        told = "; ".join(f"{sage}'s {fault}" for sage, fault in wrong.items())
        raise Forbidden(
            f"the decision of the kind {decision.kind} lacks opinions: {told}. Ask the Sages for"
            " their opinions of this very decision, and send them with it"
        )


def _faults(
    decision: Decision,
    signed: Mapping[Sage, Opinion],
    now: Micros,
    required: Mapping[str, frozenset[Sage]] = REQUIRED,
) -> dict[Sage, str]:
    if decision.kind not in required:
        raise InvalidInput(
            f"{decision.kind[:80]!r} is no kind of decision: name one of {', '.join(required)}"
        )
    needed = required[decision.kind]
    if needed and elder(decision.by).level < Level.CLAUDE_ELDER:
        raise InsufficientAuthority(
            f"a decision of the kind {decision.kind} is for the claude elder or the grand elder,"
            f" not for {decision.by}"
        )
    carried = {opinion.sage: opinion for opinion in decision.opinions}
    found = {
        sage: _fault(carried.get(sage), signed.get(sage), decision.subject, now)
        for sage in sorted(needed)
    }
    return {sage: fault for sage, fault in found.items() if fault}


def _fault(carried: Opinion | None, own: Opinion | None, subject: str, now: Micros) -> str | None:
    if carried is None:
        return "is missing"
    if carried.subject != subject:
        return "is of another decision"
    if carried != own:
        return "was not given by that Sage"
    if not now - FRESH_SECONDS * _MICROS <= carried.at <= now:
        return "is too old"
    return None


_opinions = Table(
    "guild_opinions",
    metadata,
    Column("subject", String, primary_key=True),
    Column("sage", String, primary_key=True),
    Column("approves", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)


class Opinions:
    """What each Sage said last of each decision. Sync: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, opinion: Opinion, *, by: str) -> None:
        """Keep a Sage's opinion in place of an earlier one.

        Args:
            opinion: what it says.
            by: who is known to have said it, such as the sender of a sealed message.

        Raises:
            Forbidden: it is given in another's name.
        """
        if by != opinion.sage:
            raise Forbidden(f"{by} can't give the opinion of {opinion.sage}: each Sage its own")
        mine = (_opinions.c.subject == opinion.subject, _opinions.c.sage == opinion.sage.value)
        said = {"approves": opinion.approves, "reason": opinion.reason, "at": opinion.at}
        with self._database.write() as connection:
            known = connection.execute(select(_opinions.c.at).where(*mine)).scalar()
            if known is None:
                whose = {"subject": opinion.subject, "sage": opinion.sage.value}
                connection.execute(insert(_opinions).values(**whose, **said))
            elif known <= opinion.at:
                connection.execute(update(_opinions).where(*mine).values(said))

    def of(self, subject: str) -> dict[Sage, Opinion]:
        """Answer what was said of a decision, by Sage."""
        asked = select(_opinions).where(_opinions.c.subject == subject)
        with self._database.read() as connection:
            return {Sage(row.sage): _opinion(row) for row in connection.execute(asked)}

    def lacking(self, decision: Decision, now: Micros) -> list[Message]:
        """Write requests to the Sages whose opinions a decision still needs.

        None are needed where it may be made. A key is the same until that Sage gives an opinion.

        Raises:
            InvalidInput, InsufficientAuthority: as `check_decision`.
        """
        given = self.of(decision.subject)
        wrong = _faults(replace(decision, opinions=tuple(given.values())), given, now)
        body = asdict(replace(decision, opinions=()))
        return [
            Message(CLAUDE_ELDER, sage, ASKED, body, now, key=request_key(sage, decision, given))
            for sage in wrong
        ]


def request_key(sage: Sage, decision: Decision, given: Mapping[Sage, Opinion]) -> str:
    """Name the request for a Sage's opinion, or for a new one in place of what it gave."""
    last = given[sage].at if sage in given else 0
    return f"{ASKED}:{content_hash(decision.subject, sage, str(last))[:_KEY_DIGITS]}"


def _opinion(row: Any) -> Opinion:  # noqa: ANN401 - a row
    return Opinion(Sage(row.sage), row.subject, row.approves, row.reason, Micros(row.at))
