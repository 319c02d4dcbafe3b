"""What people tell the guild, and are told by it, through its store: no member need be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.guild import guild_store
from elders.alerts.history import History, Told
from elders.alerts.learning import Response
from elders.alerts.policy import Silence
from elders.alerts.silences import Silences
from elders.guild.inbox import Inbox, Letter
from elders.improving.records import APPROVED as TRIED
from elders.improving.records import OPEN, Improvements
from elders.improving.wording import APPROVED, SUGGESTED, read_suggestion
from elders.incidents.actions import NAMES
from elders.incidents.books import Books, Incident, Incidents, Version
from elders.incidents.records import ActionRecords, Taken
from elders.incidents.rules import Rulebook, write_rules
from elders.incidents.sage import ADOPT, JUDGE, REVERT, UNDO
from elders.levels import CLAUDE_ELDER, Sage
from elders.messages import Body, Message
from elders.tree.cases import Cases
from elders.tree.outbox import put
from foundation.clock import Micros, system_clock
from foundation.errors import Conflict, NotFound
from foundation.ids import new_id

if TYPE_CHECKING:
    from foundation.database.database import Database

_LISTED: Final = 50
_ALL: Final = 1_000


@dataclass(frozen=True, slots=True)
class IncidentBook:
    """What the Incident Sage keeps: incidents, actions and versions of its rules, newest last."""

    incidents: list[Incident]
    actions: list[Taken]
    versions: list[Version]


def told(home: Path | None) -> list[Told]:
    """List the alerts that were told, the newest first."""
    with guild_store(home) as store:
        return History(store).told(_LISTED)


def respond(home: Path | None, composite: str, response: Response, *, by: str) -> int:
    """Say what became of an alert; answer how many matters were taken up that wait for elders.

    Raises:
        NotFound: nothing of it was told, or too long ago.
    """
    with guild_store(home) as store:
        ids = History(store).respond(composite, response, by)
        cases = Cases(store, system_clock)
        keys = tuple(f"alert:{each}:" for each in ids)
        mine = [each for each in cases.waiting() if each.message.key.startswith(keys)]
        for each in mine:
            cases.acknowledge(each.message.key, each.message.recipient)
        return len(mine)


def silence(
    home: Path | None, conditions: Sequence[str], *, seconds: float, by: str, why: str
) -> Silence:
    """Have alerts not told for a while; the guild heeds it from the next second on.

    Raises:
        InvalidInput: there is no condition, one is none, or the time is none.
    """
    with guild_store(home) as store:
        return Silences(store, system_clock).add(conditions, seconds=seconds, by=by, why=why)


def unsilence(home: Path | None, silence: str) -> None:
    """End a silence.

    Raises:
        NotFound: there is none with this id.
    """
    with guild_store(home) as store:
        Silences(store, system_clock).remove(silence)


def silences(home: Path | None) -> list[Silence]:
    """List the silences that hold, the first to end first."""
    with guild_store(home) as store:
        return Silences(store, system_clock).all()


def incident_book(home: Path | None) -> IncidentBook:
    """Tell what the Incident Sage keeps."""
    with guild_store(home) as store:
        incidents = Incidents(store).since(Micros(0))[-_LISTED:]
        actions = ActionRecords(store).latest(_LISTED)[::-1]
        return IncidentBook(incidents, actions, Books(store, system_clock).history()[-_LISTED:])


def judge(home: Path | None, incident: str, *, real: bool) -> None:
    """Have the Incident Sage know whether an incident was one.

    Raises:
        NotFound: there is no such incident.
    """
    with guild_store(home) as store:
        if Incidents(store).find(incident) is None:
            raise NotFound(f"there is no incident {incident[:80]!r}: `elders guild incidents`")
        _tell(store, JUDGE, {"id": incident, "real": real})


def undo(home: Path | None, number: int, reason: str) -> None:
    """Have the Incident Sage undo an action.

    Raises:
        NotFound: there was none of this number.
    """
    with guild_store(home) as store:
        ActionRecords(store).find(number)
        _tell(store, UNDO, {"number": number, "reason": reason})


def revert(home: Path | None, version: int) -> None:
    """Have the Incident Sage go by an earlier version of its rules.

    Raises:
        NotFound: there was none.
    """
    with guild_store(home) as store:
        if version not in {each.version for each in Books(store, system_clock).history()}:
            raise NotFound(f"there is no version {version} of the rules: `elders guild incidents`")
        _tell(store, REVERT, {"version": version})


def rules(home: Path | None) -> Version:
    """Tell by which rules the Incident Sage goes."""
    with guild_store(home) as store:
        return Books(store, system_clock).active()


def adopt(home: Path | None, book: Rulebook, reason: str) -> None:
    """Have the Incident Sage go by other rules.

    Raises:
        InvalidInput: a rule has an action that there is not.
    """
    book.check_actions(NAMES)
    with guild_store(home) as store:
        _tell(store, ADOPT, {"rules": write_rules(book), "reason": reason})


def suggestions(home: Path | None) -> list[Letter]:
    """List how the guild could be improved that nobody answered, the newest of each kind."""
    with guild_store(home) as store:
        return _suggestions(store)


def approve(home: Path | None, key: str) -> None:
    """Have the Incident Sage try what it suggested; other suggestions of that kind are settled.

    Raises:
        NotFound: no such suggestion waits.
        Conflict: a trial of that knob goes on.
    """
    with guild_store(home) as store:
        found = {each.message.key: each.message for each in _suggestions(store)}
        if key not in found:
            raise NotFound(f"no suggestion {key[:80]!r} waits: `elders guild suggestions`")
        body = found[key].body
        suggestion = read_suggestion(body)
        for trial in Improvements(store, system_clock).trials(OPEN, TRIED):
            if trial.knob == suggestion.knob:
                raise Conflict(f"a trial of {trial.knob} goes on: approve once it is judged")
        _tell(store, APPROVED, body, key=f"{key}:approved")
        inbox = Inbox(store, system_clock)
        for each in inbox.unsettled(CLAUDE_ELDER, topic=SUGGESTED, limit=_ALL).letters:
            if each.message.body.get("kind") == suggestion.kind:
                inbox.settle(each.message.key)


def _suggestions(store: Database) -> list[Letter]:
    asked = Inbox(store, system_clock).unsettled(CLAUDE_ELDER, topic=SUGGESTED, limit=_ALL)
    newest: dict[object, Letter] = {}
    for each in asked.letters:
        newest.setdefault(each.message.body.get("kind"), each)
    return list(newest.values())


def _tell(store: Database, topic: str, body: Body, *, key: str | None = None) -> None:
    """Lay a message down for the process that leads: it sends it within a second."""
    now = system_clock()
    message = Message(CLAUDE_ELDER, Sage.INCIDENT, topic, body, now, key=key or new_id())
    with store.write() as connection:
        put(connection, message, message.key)
