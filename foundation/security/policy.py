"""Who may do what, and which documents they may see: pure decisions, nothing by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from foundation.errors import InvalidInput

ACCESS_KEY: Final = "access"
"""Where a document's metadata says which labels its readers must hold."""

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""The label of a document whose labels can't be read: nobody can hold it."""

_ALL: Final = "*"
_LONGEST: Final = 200


class Operation(StrEnum):
    """What can be asked of the platform; a key's scopes name these."""

    SEARCH = "search"
    READ = "read"
    FEEDBACK = "feedback"
    WRITE = "write"
    DELETE = "delete"
    CURATE = "curate"
    LEARN = "learn"
    EXPORT = "export"
    FOLLOW = "follow"
    ADMIN = "admin"


class Role(StrEnum):
    """A named set of operations."""

    READER = "reader"
    WRITER = "writer"
    CURATOR = "curator"
    ADMIN = "admin"


_READING: Final = frozenset({Operation.SEARCH, Operation.READ, Operation.FEEDBACK})
_WRITING: Final = _READING | {Operation.WRITE, Operation.DELETE}
_CURATING: Final = _WRITING | {
    Operation.CURATE, Operation.LEARN, Operation.EXPORT, Operation.FOLLOW,
}  # fmt: skip

OPERATIONS: Final[Mapping[Role, frozenset[Operation]]] = {
    Role.READER: _READING,
    Role.WRITER: _WRITING,
    Role.CURATOR: _CURATING,
    Role.ADMIN: frozenset(Operation),
}


@dataclass(frozen=True, slots=True)
class Access:
    """Which documents somebody may see. A value: equal rights are equal, and part of cache keys.

    Attributes:
        collections: names, sorted, each perhaps with `*` at its end; `*` alone means all.
        labels: what the reader holds. A document is seen by who holds *all* of its labels, so that
            one more label never shows it to more people. None holds every label.
    """

    collections: tuple[str, ...]
    labels: frozenset[str] | None = frozenset()

    everything: ClassVar[Access]
    nothing: ClassVar[Access]

    def sees_collection(self, collection: str) -> bool:
        """Tell whether anything of a collection may be seen."""
        return any(
            collection == each or (each.endswith(_ALL) and collection.startswith(each[:-1]))
            for each in self.collections
        )

    def sees(self, collection: str, labels: Iterable[str] = ()) -> bool:
        """Tell whether a document of this collection with these labels may be seen."""
        if not self.sees_collection(collection):
            return False
        return self.labels is None or self.labels.issuperset(labels)

    def permissions(self) -> tuple[str, ...]:
        """Write the rights as texts for a cache key: empty for who sees everything, only then."""
        if self == Access.everything:
            return ()
        held = ["label:*"] if self.labels is None else [f"label:{each}" for each in self.labels]
        return ("", *sorted([*held, *(f"collection:{each}" for each in self.collections)]))

    def as_json(self) -> dict[str, Any]:
        """Write the rights down, so that what is done under them can go on after a restart."""
        labels = None if self.labels is None else sorted(self.labels)
        return {"collections": list(self.collections), "labels": labels}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Access:
        """Read rights that were written down; what stands beside them does not matter."""
        labels = raw["labels"]
        return cls(tuple(raw["collections"]), None if labels is None else frozenset(labels))


Access.everything = Access((_ALL,), None)
Access.nothing = Access(())


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling, as far as a layer of authentication vouches for it.

    Attributes:
        id: stable and unique, such as `key:7f3k…` or `jwt:alice`; behaviour is learned by it.
        name: for people; it goes into the log as the actor.
        scopes: what the credential is for; None: all that the role may do.
        key_id: of the API key, where one was shown.
    """

    id: str
    name: str
    role: Role
    scopes: frozenset[Operation] | None = None
    access: Access = Access.nothing
    key_id: str | None = None

    owner: ClassVar[Principal]


Principal.owner = Principal("owner", "owner", Role.ADMIN, access=Access.everything)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed; if not, why, in words that name nothing the caller may not see."""

    allowed: bool
    reason: str = ""


_YES: Final = Decision(allowed=True)
_HIDDEN: Final = Decision(allowed=False, reason="there is no such thing, or it is not yours to see")


def permitted(
    principal: Principal,
    operation: Operation,
    collection: str | None = None,
    labels: Iterable[str] = (),
) -> Decision:
    """Decide whether somebody may do something, with a document of a collection if it is one.

    Args:
        principal: who.
        operation: what.
        collection: the document's; None where it concerns no document.
        labels: the document's.
    """
    if operation not in OPERATIONS[principal.role]:
        return Decision(
            allowed=False,
            reason=f"the role {principal.role} may not {operation}: ask an administrator for"
            " another key",
        )
    if principal.scopes is not None and operation not in principal.scopes:
        return Decision(
            allowed=False,
            reason=f"this credential is not for {operation}: its scopes name other operations",
        )
    if collection is not None and not principal.access.sees(collection, labels):
        return _HIDDEN
    return _YES


def labels_of(metadata: Mapping[str, object]) -> frozenset[str]:
    """Read the labels for access from a document's metadata: a text, or a list of texts.

    What is neither is a label that nobody holds: a mistake hides a document, it never shows one.
    """
    found = metadata.get(ACCESS_KEY)
    if found is None:
        return frozenset()
    each = [found] if isinstance(found, str) else found
    if isinstance(each, list) and all(isinstance(label, str) and label.strip() for label in each):
        return frozenset(label.strip() for label in each)
    return frozenset({UNREADABLE})


def access(collections: Iterable[str], labels: Iterable[str] | None) -> Access:
    """Make rights of what people write.

    Raises:
        InvalidInput: a name is empty, too long, or has `*` elsewhere than at its end.
    """
    names = sorted({_name(each, "collection") for each in collections})
    held = None if labels is None else frozenset(_name(each, "label") for each in labels)
    if wrong := [each for each in names if _ALL in each[:-1]]:
        raise InvalidInput(f"collection {wrong[0]!r}: `*` may stand at its end only")
    if held is not None and _ALL in held:
        held = None
    return Access((_ALL,) if _ALL in names else tuple(names), held)


def _name(written: str, what: str) -> str:
    name = written.strip()
    if not name or len(name) > _LONGEST or not name.isprintable() or name == UNREADABLE:
        raise InvalidInput(f"a {what} needs a name of 1 to {_LONGEST} printable characters")
    return name
