"""After an incident: where it came from, how to prevent it, better rules, and telling others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import structlog

from elders.incidents.books import OWED, Books, Incident, Incidents, Version
from elders.incidents.causes import Suspect, suspects
from elders.incidents.detect import Model
from elders.incidents.model import MICROS, Round, read_series
from elders.incidents.proposals import proposed
from elders.incidents.replay import Replayed, Span, is_better, replay
from elders.incidents.ring import Ring
from elders.incidents.rules import Kind, Rulebook
from elders.levels import Sage
from elders.messages import Message
from elders.platform import Platform
from elders.transport import Transport
from foundation.clock import Clock, Micros, to_datetime
from foundation.errors import GuildError, NotFound, Unavailable

_log = structlog.get_logger(__name__)

LEARNED: Final = "incident.learned"
COLLECTION: Final = "incidents"
SHARE: Final = "share"
STORE: Final = "store"
"""What is owed of a lesson: to tell the other Sages, and to store it on the platform."""

_BEFORE_SECONDS: Final = 1_800.0
_REPLAYED: Final = 4_320
"""Rounds: half a day of them."""

_CHANGES: Final = 200
_SIMILAR: Final = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of an incident.

    Attributes:
        suspects: what moved before it or with it; what moved before comes first.
        changes: what was changed on the platform shortly before, by the change log.
        similar: passages about earlier ones: source id, and score.
        strategy: how to prevent it, for people.
        version: of the rules since; None where none were better.
    """

    incident: str
    suspects: Sequence[Suspect]
    changes: Sequence[Mapping[str, Any]]
    similar: Sequence[Mapping[str, Any]]
    strategy: str
    version: int | None

    def told(self) -> dict[str, Any]:
        """Answer it as JSON says it."""
        found = [{**asdict(each), "series": str(each.series)} for each in self.suspects]
        return {**asdict(self), "suspects": found}


class Learning:
    """Learns of incidents that ended.

    Args:
        platform: that is asked for changes and earlier incidents, and keeps what was learned; None
            where there is none.
        ring: what was measured.
        books: the rules.
        incidents: all of them.
        transport: carries what was learned to the other Sages.
        clock: what time it is.
        model: makes a streaming model for replays; none by default.
    """

    def __init__(
        self,
        platform: Platform | None,
        ring: Ring,
        books: Books,
        incidents: Incidents,
        transport: Transport,
        *,
        clock: Clock,
        model: Callable[[], Model] | None = None,
    ) -> None:
        self._platform = platform
        self._ring = ring
        self._books = books
        self._incidents = incidents
        self._transport = transport
        self._clock = clock
        self._model = model

    async def learn(self, incident: Incident) -> Incident:
        """Learn of an incident that ended; answer it with its lesson, which is owed to others.

        What can't be asked now is left out, never waited for.

        Raises:
            Unavailable, Conflict: the store does not answer.
        """
        since = Micros(incident.begun - int(_BEFORE_SECONDS * MICROS))
        rounds = await asyncio.to_thread(self._ring.read, since, incident.ended)
        moved = await asyncio.to_thread(_moved, incident, rounds)
        changes = await self._changes(since, incident.begun)
        similar = await self._similar(incident)
        version = await asyncio.to_thread(self._better_rules, incident, moved)
        strategy = strategy_of(incident, moved, changes)
        lesson = Lesson(
            incident.id, moved, changes, similar, strategy, version.version if version else None
        )
        owed = [SHARE] if self._platform is None else [SHARE, STORE]
        return await self._kept(replace(incident, learned=lesson.told()), owed)

    async def hand_on(self, incident: Incident) -> Incident:
        """Give others what is owed of a lesson; what can't be given now stays owed.

        What is refused for good is given up.

        Raises:
            Unavailable, Conflict: the store does not answer.
        """
        owed = list(incident.learned.get(OWED, ()))
        for each, give in ((SHARE, self._share), (STORE, self._store)):
            if each not in owed:
                continue
            try:
                await give(incident)
            except Unavailable as error:
                _log.warning("lesson.owed", incident=incident.id, what=each, reason=str(error))
                continue
            except GuildError as error:
                _log.error("lesson.refused", incident=incident.id, what=each, reason=str(error))
            owed.remove(each)
        return await self._kept(incident, owed)

    async def _kept(self, incident: Incident, owed: Sequence[str]) -> Incident:
        """Keep a lesson with what is owed of it; where nothing is, that is not said."""
        learned = lesson_of(incident) | ({OWED: list(owed)} if owed else {})
        kept = replace(incident, learned=learned)
        await asyncio.to_thread(self._incidents.put, kept)
        return kept

    def _better_rules(self, incident: Incident, moved: Sequence[Suspect]) -> Version | None:
        """Adopt the first proposal that does better on replay; the others wait for another time."""
        held = self._books.active().book
        rounds = self._ring.read(until=incident.ended, limit=_REPLAYED)
        if not rounds or not incident.real or incident.ended is None:
            return None
        spans = [
            each for each in self._incidents.real_since(rounds[0].at) if each.begun >= rounds[0].at
        ] or [Span(incident.begun, incident.ended)]
        known = self._incidents.since(rounds[0].at)
        names = {each.labels.get("rule") for one in known for each in one.findings}

        def tried(book: Rulebook) -> Replayed:
            """Leave out anomalies that told no incident: they cost most, and are the same."""
            rules = [
                rule
                for rule in book.rules
                if rule.kind is not Kind.ANOMALY or rule.name in names or rule not in held.rules
            ]
            return replay(Rulebook(rules), rounds, spans, model=self._model)

        before = tried(held)
        leading = [each for each in moved if each.lead_seconds > 0]
        for book in proposed(held, incident.findings, leading, rounds, begun=incident.begun):
            if is_better(tried(book), before):
                (rule,) = [each for each in book.rules if each not in held.rules]
                return self._books.adopt(book, f"{rule.name!r} did better after {incident.id}")
        return None

    async def _changes(self, since: Micros, until: Micros) -> list[Mapping[str, Any]]:
        if self._platform is None:
            return []
        try:
            ready = await self._platform.text("ready", statuses=(200, 503))
            head = int(ready.json()["seq"])
            query = {"since": max(0, head - _CHANGES), "limit": _CHANGES}
            told = await self._platform.ask("GET", "internal/v1/changes", query=query)
        except (GuildError, ValueError, KeyError) as error:
            _log.warning("changes.unknown", reason=str(error))
            return []
        first, last = to_datetime(since).isoformat(), to_datetime(until).isoformat()
        return [each for each in told["changes"] if first <= each["at"] <= last]

    async def _similar(self, incident: Incident) -> list[Mapping[str, Any]]:
        if self._platform is None:
            return []
        query = " ".join(dict.fromkeys(each.reason for each in incident.findings))[:1_000]
        body = {"query": query, "k": _SIMILAR, "collections": [COLLECTION]}
        try:
            told = await self._platform.ask("POST", "v1/search", body=body)
        except NotFound:
            return []
        except GuildError as error:
            _log.warning("similar.unknown", reason=str(error))
            return []
        return [
            {"source_id": hit["citation"]["source_id"], "score": hit["score"]}
            for hit in told["hits"]
        ]

    async def _share(self, incident: Incident) -> None:
        lesson = lesson_of(incident)
        for recipient in (Sage.KNOWLEDGE, Sage.RAG, Sage.TASK):
            key = f"{incident.id}:{LEARNED}:{recipient}"
            message = Message(Sage.INCIDENT, recipient, LEARNED, lesson, self._clock(), key=key)
            await self._transport.send(message)

    async def _store(self, incident: Incident) -> None:
        if self._platform is None:
            return
        note = {"source_id": f"{incident.id}.md", "text": written(incident)}
        body = {"collection": COLLECTION, "documents": [note]}
        await self._platform.ask("POST", "v1/documents", body=body)


def lesson_of(incident: Incident) -> dict[str, Any]:
    """Answer what was learned, as JSON says it, without what is owed of it."""
    return {name: value for name, value in incident.learned.items() if name != OWED}


def _moved(incident: Incident, rounds: Sequence[Round]) -> list[Suspect]:
    effect = read_series(incident.findings[0].labels["series"])
    return suspects(rounds, effect, until=rounds[-1].at) if rounds else []


def strategy_of(
    incident: Incident, moved: Sequence[Suspect], changes: Sequence[Mapping[str, Any]]
) -> str:
    """Say how to prevent an incident, by what is known of it."""
    first = incident.findings[0]
    leading = [each for each in moved if each.lead_seconds > 0]
    lines = [f"It showed as: {first.reason}."]
    if leading:
        best = leading[0]
        lines.append(
            f"{best.series} moved {best.lead_seconds:.0f} s before (correlation"
            f" {best.correlation:+.2f}): watch it, and look there first."
        )
    if changes:
        kinds = sorted({str(each["kind"]) for each in changes})
        lines.append(
            f"{len(changes)} changes came in the half hour before ({', '.join(kinds)}): spread such"
            " work out, or do it when little is asked."
        )
    if not leading and not changes:
        lines.append("Nothing moved before it, and nothing was changed: look outside the platform.")
    return " ".join(lines)


def written(incident: Incident) -> str:
    """Write what was learned as a document."""
    first, learned = incident.findings[0], incident.learned
    when = to_datetime(incident.begun).isoformat(timespec="minutes")
    moved = [
        f"- {each['series']}: {each['lead_seconds']:+.0f} s, correlation {each['correlation']:+.2f}"
        for each in learned["suspects"]
    ]
    return "\n".join(
        [
            f"# Incident of {when}: {first.labels.get('rule', first.kind)}",
            "",
            *dict.fromkeys(each.reason + "." for each in incident.findings),
            "",
            "## Cause and prevention",
            "",
            learned["strategy"],
            *(["", "What moved with it:", "", *moved] if moved else []),
            *([f"\nRules since: version {learned['version']}."] if learned["version"] else []),
            "",
        ]
    )
