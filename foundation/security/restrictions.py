"""What a platform allows less of for a while: switches that every process of a home obeys.

Administrators have a file of their own, and so has each automatic: nobody overwrites another's.
Of all that hold at a time the stricter counts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from foundation.clock import Clock, Micros
from foundation.errors import InvalidInput, Unavailable
from foundation.security.policy import Operation, Principal
from foundation.security.rates import Rate

_log = structlog.get_logger(__name__)

FILE: Final = "restrictions.json"
"""Of administrators; an automatic's has its name in it: see `slot`."""

_FILES: Final = "restrictions*.json"
_NAME: Final = re.compile(r"[a-z]{1,40}")
LEAST_FACTOR: Final = 0.01
_LONGEST: Final = 500
_MOST_SUSPENDED: Final = 1_000

STILL_ALLOWED: Final = frozenset(
    {Operation.SEARCH, Operation.READ, Operation.EXPORT, Operation.FOLLOW, Operation.ADMIN}
)
"""What may be done while nothing may be changed; ADMIN, so that this can be ended."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What holds now.

    Attributes:
        rate_factor: rates and bursts are multiplied by it, but those of administrators: 0.01 to 1.
        read_only: whether nothing may be written.
        suspended: ids of principals who may do nothing, sorted.
        reason: for those who are refused.
        until: when it ends by itself; None for never.
    """

    rate_factor: float = 1.0
    read_only: bool = False
    suspended: tuple[str, ...] = ()
    reason: str = ""
    until: Micros | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be meant.

        Raises:
            InvalidInput: a figure is out of bounds, or a text too long.
        """
        if not LEAST_FACTOR <= self.rate_factor <= 1.0:
            raise InvalidInput(
                f"a rate factor of {self.rate_factor:g}: give one from {LEAST_FACTOR} to 1"
            )
        if len(self.reason) > _LONGEST or len(self.suspended) > _MOST_SUSPENDED:
            raise InvalidInput(
                f"a reason has up to {_LONGEST} characters, and up to {_MOST_SUSPENDED:,}"
                " principals may be suspended"
            )

    def at(self, now: Micros) -> Restrictions:
        """Answer what holds at a time."""
        return NONE if self.until is not None and now >= self.until else self

    def rate(self, rate: Rate) -> Rate:
        """Answer a rate as it is now."""
        if self.rate_factor >= 1.0:
            return rate
        burst = max(1, int(rate.burst * self.rate_factor))
        return replace(rate, per_second=rate.per_second * self.rate_factor, burst=burst)

    def narrowed(self, principal: Principal) -> Principal:
        """Answer somebody with what they may still do."""
        if not self.read_only:
            return principal
        scopes = STILL_ALLOWED if principal.scopes is None else principal.scopes & STILL_ALLOWED
        return replace(principal, scopes=scopes)


NONE: Final = Restrictions()


_NEVER_READ: Final = (0, 0)
UNREAD: Final = Restrictions(
    read_only=True, reason="a file of restrictions can't be read: an administrator has to look"
)
"""What holds while it isn't known what was restricted."""


def stricter(held: Iterable[Restrictions], now: Micros) -> Restrictions:
    """Answer what holds at a time, of what several have restricted: of each switch the stricter.

    Its end is the first one among theirs: from then on less may hold.
    """
    going = [each for each in (one.at(now) for one in held) if each != NONE]
    if len(going) < 2:
        return going[0] if going else NONE
    reasons = dict.fromkeys(each.reason for each in going if each.reason)
    return Restrictions(
        min(each.rate_factor for each in going),
        any(each.read_only for each in going),
        tuple(sorted({name for each in going for name in each.suspended})[:_MOST_SUSPENDED]),
        "; ".join(reasons)[:_LONGEST],
        min((each.until for each in going if each.until is not None), default=None),
    )


def slot(home: Path, automatic: str | None = None) -> Path:
    """Answer where the restrictions of an automatic lie, or those of administrators.

    Raises:
        InvalidInput: the name is none.
    """
    if automatic is None:
        return home / FILE
    if not _NAME.fullmatch(automatic):
        raise InvalidInput("an automatic's name has 1 to 40 small letters")
    return home / f"restrictions-{automatic}.json"


def slots(home: Path) -> list[Path]:
    """List where anybody's restrictions lie now."""
    return sorted(home.glob(_FILES))


class Standing:
    """The restrictions of a home, read anew by whoever calls `look`; threads may share it."""

    def __init__(self, home: Path, clock: Clock) -> None:
        """Read what holds."""
        self._home = home
        self._clock = clock
        self._known: dict[Path, tuple[tuple[int, int], Restrictions]] = {}
        self.look()

    def now(self) -> Restrictions:
        """Answer what holds, as it was read last."""
        return stricter((held for _, held in self._known.values()), self._clock())

    def look(self) -> None:
        """Read files again that were written since.

        What can't be read changes nothing; until it was read once, nothing may be written.
        """
        known: dict[Path, tuple[tuple[int, int], Restrictions]] = {}
        for path in slots(self._home):
            before = self._known.get(path)
            try:
                found = path.stat()
                seen = found.st_ino, found.st_mtime_ns
                known[path] = before if before and before[0] == seen else (seen, read(path))
            except FileNotFoundError:
                continue
            except (OSError, InvalidInput) as error:
                _log.warning("restrictions.unreadable", path=str(path), error=str(error))
                known[path] = before or (_NEVER_READ, UNREAD)
        self._known = known


def read(path: Path) -> Restrictions:
    """Read the file; none means no restrictions.

    Raises:
        InvalidInput: it is damaged.
        OSError: it can't be read.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
        return Restrictions(**{**told, "suspended": tuple(told["suspended"])})
    except FileNotFoundError:
        return NONE
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{path} is damaged: delete it, which lifts all restrictions") from error


def write(path: Path, restrictions: Restrictions) -> None:
    """Write the file aside, then in its place; what restricts nothing leaves no file.

    Raises:
        Unavailable: the disk refuses.
    """
    told = {name: getattr(restrictions, name) for name in Restrictions.__slots__}
    aside = path.with_suffix(".tmp")
    try:
        if restrictions == NONE:
            path.unlink(missing_ok=True)
            return
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror or error}") from error


Restricting = Callable[[], Restrictions]
"""Answers what holds now, without waiting for anything."""
