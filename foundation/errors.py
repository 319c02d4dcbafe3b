"""Every error this platform raises on purpose, sorted by what the caller can do about it."""

from __future__ import annotations


class GuildError(Exception):
    """Root of the tree: catch it to catch whatever the platform raises on purpose."""


class InvalidInput(GuildError):  # noqa: N818 - the name says what the caller should mend
    """The request itself is wrong: change it before trying again."""


class Unparsable(InvalidInput):
    """A document's bytes cannot be read as what they claim to be."""


class NotFound(GuildError):  # noqa: N818
    """What was named does not exist (or not at that time)."""


class Conflict(GuildError):  # noqa: N818
    """The state of the knowledge forbids it: look again, or wait for whoever holds it."""


class InProgress(Conflict):
    """The same is being worked on already: ask again when it is done.

    Attributes:
        retry_seconds: when it is worth asking again.
    """

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class Outdated(Conflict):
    """It is no longer as the caller knows it: read it again, then decide anew."""


class Forbidden(GuildError):  # noqa: N818
    """The caller may not do this."""


class Unauthenticated(Forbidden):
    """It is not known who the caller is: show a credential that holds."""


class InsufficientAuthority(Forbidden):
    """Whoever was asked may not decide it: somebody above may."""


class CriticalFailure(GuildError):  # noqa: N818
    """It failed so badly that it is for the highest authority at once."""


class Unavailable(GuildError):  # noqa: N818
    """A dependency did not answer: the same call may succeed later."""


class QuotaExceeded(Unavailable):
    """The caller has as much under way as they may: the same call may succeed when it is done.

    Attributes:
        retry_seconds: when it is worth trying again.
    """

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class CircuitOpen(Unavailable):
    """A dependency failed too often just now, and was not asked.

    Attributes:
        retry_seconds: when it is worth trying again.
    """

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds
