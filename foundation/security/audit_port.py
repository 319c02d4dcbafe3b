"""How operations are put into the audit log: timed, with how they ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from foundation.clock import Clock, system_clock
from foundation.ids import new_id
from foundation.security.audit_entry import NOBODY, Caller, Entry, Result, result_of


class Auditor(Protocol):
    """Takes entries. `AuditTrail` is one."""

    def record(self, entry: Entry, *, critical: bool = False) -> None:
        """Take an entry; a critical one is on the disk when this returns.

        Raises:
            Unavailable: it was not taken; refuse what it tells of.
        """
        ...


@dataclass(slots=True)
class Outcome:
    """What an operation says of itself while it runs; all of it may be changed until it ends.

    Attributes:
        caller: who it is, where that shows only on the way (a login).
        resource: what it is done to, where that shows only on the way.
        result: how it ends, if not as its exception says.
        metadata: what else is worth keeping.
    """

    caller: Caller = NOBODY
    resource: str = ""
    result: str = Result.OK
    metadata: dict[str, object] = field(default_factory=dict)


@contextmanager
def auditing(
    auditor: Auditor,
    operation: str,
    *,
    action: str = "",
    resource: str = "",
    caller: Caller = NOBODY,
    metadata: Mapping[str, object] | None = None,
    critical: bool = False,
    clock: Clock = system_clock,
    monotonic: Callable[[], int] = time.monotonic_ns,
) -> Iterator[Outcome]:
    """Record an operation when it ends, however it ends, with how long it took.

    What it raises goes on after it was recorded: `Forbidden` as denied; wrong input, nothing found
    or a conflict as refused; any other error as failed; a signal or a cancelled task as stopped.

    Args:
        auditor: where to.
        operation: which, such as `documents.purge`.
        action: the kind of access, such as `read`, `write`, `delete`, `login`.
        resource: what it is done to, by its id.
        caller: who does it.
        metadata: what else is worth keeping.
        critical: let the operation's answer wait until the entry is on the disk.
        clock: what time it is.
        monotonic: nanoseconds, for the duration.

    Raises:
        Unavailable: a critical entry could not be written: do not answer that all went well.
    """
    outcome = Outcome(caller, resource, Result.OK, dict(metadata or {}))
    at, begun = clock(), monotonic()
    try:
        yield outcome
    except BaseException as error:
        if outcome.result == Result.OK:
            outcome.result = result_of(error)
        outcome.metadata.setdefault("error", type(error).__name__)
        raise
    finally:
        entry = Entry(
            id=new_id(),
            at=at,
            operation=operation,
            action=action,
            resource=outcome.resource,
            result=outcome.result,
            caller=outcome.caller,
            duration_micros=(monotonic() - begun) // 1_000,
            metadata=outcome.metadata,
        )
        auditor.record(entry, critical=critical)
