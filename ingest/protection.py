"""What a collection's policies make of each document on its way in, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import structlog

from foundation.errors import InvalidInput
from foundation.security.injection.suspecting import Suspicion, suspicions, tricks
from foundation.security.protection import EVERY, Handling, Policies, Policy, protect
from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import CREDENTIALS, Finding
from foundation.security.sealing import Sealer, Seals
from knowledge.model import Draft, Outcome, Removal, Result

_log = structlog.get_logger(__name__)

_LONGEST_PATH: Final = 300
_TOLD: Final = 100
"""Findings of one document that are logged one by one; all are counted."""

Auditor = Callable[[str, str, Sequence[str], bool], None]
"""Is told of every document with sensitive values: its collection and source id, of each value
where it stood, what it is, what became of it and why, and whether the document goes in."""


class Quarantine(Protocol):
    """Keeps what looks like an attack until a person has looked at it."""

    def hold(self, collection: str, draft: Draft, found: Sequence[Suspicion]) -> str:
        """Keep a document, and answer the name under which it is found again."""
        ...

    def allows(self, collection: str, draft: Draft) -> bool:
        """Tell whether somebody let exactly this document through."""
        ...


@dataclass(frozen=True, slots=True)
class Treated:
    """What became of a document: a draft that may be committed, or why it may not.

    Attributes:
        told: what the audit log is to be told, as `Auditor` is.
        protected: sensitive values by kind and policy.
        suspicious: what looks like hidden instructions, by its trick.
    """

    entry: Draft | Result
    told: Sequence[str] = ()
    protected: Counter[str] = field(default_factory=Counter)
    suspicious: Counter[str] = field(default_factory=Counter)


def _log_findings(collection: str, source_id: str, told: Sequence[str], taken: bool) -> None:  # noqa: FBT001 - as `Auditor`
    _log.info(
        "record.protected",
        collection=collection,
        source_id=source_id,
        taken=taken,
        count=len(told),
        findings=told[:_TOLD],
    )


def _in_words(findings: Sequence[Finding], policies: Policies) -> list[str]:
    return [
        f"{_short(each.path)} {each.kind.value}: {policies.of(each.kind).value}, {each.reason}"
        for each in findings
    ]


def _short(path: str) -> str:
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"


class Protection:
    """Policies by collection, with the keys and the quarantine that they need."""

    def __init__(
        self,
        policies: Mapping[str, Policies],
        *,
        keys: Sequence[str] = (),
        quarantine: Quarantine | None = None,
        audit: Auditor = _log_findings,
    ) -> None:
        """Check that the policies can be carried out.

        Args:
            policies: by collection; `*` is for all others, which without it keep everything.
            keys: for pseudonyms and encryption, the current one first.
            quarantine: where documents go that a policy holds.
            audit: told of every finding that is not of an unchanged document, never of a value.

        Raises:
            InvalidInput: a policy needs a key or a quarantine, and there is none.
        """
        for name, each in policies.items():
            if each.sealing and not keys:
                raise InvalidInput(
                    f"the protection of {name!r} pseudonymises or encrypts, which needs a key: set"
                    " ELDERS_PROTECTION_KEYS"
                )
            if each.instructions is Handling.HOLD and quarantine is None:
                raise InvalidInput(f"the protection of {name!r} holds documents: name a quarantine")
        self._policies = policies
        self._sealer = Sealer(keys) if keys else None
        self._quarantine = quarantine
        self._audit = audit

    def apply(self, draft: Draft, collection: str) -> Treated:
        """Protect a document; one that cannot be looked at is not taken in."""
        try:
            return self._applied(draft, collection)
        except Exception as error:  # noqa: BLE001 - what is not protected must not be stored
            _log.exception("record.protection_failed", source_id=draft.source_id)
            reason = f"its protection failed unexpectedly ({type(error).__name__}): report it"
            return Treated(_failed(draft, reason))

    def _applied(self, draft: Draft, collection: str) -> Treated:
        policies, seals = self._for(collection, draft.source_id)
        texts = {
            "text": draft.text,
            "title": draft.title,
            "metadata": draft.metadata,
            "author": draft.author,
            "message": draft.message,
        }
        done = protect(texts, policies, seals)
        address = protect({"uri": draft.uri}, _of_addresses(policies))
        findings = [*done.findings, *address.findings]
        told = [
            *_in_words(done.findings, policies),
            *_in_words(address.findings, _of_addresses(policies)),
        ]
        counts = Counter(f"{f.kind.value}: {policies.of(f.kind).value}" for f in findings)
        reason = done.refused or _named_badly(draft, policies)
        if reason:
            return Treated(_failed(draft, reason), told, counts)
        clean = replace(draft, **done.texts, **address.texts)
        found = [*suspicions(clean.title), *suspicions(clean.text)]
        entry = self._let_in(clean, collection, policies, found)
        return Treated(entry, told, counts, tricks(found))

    def tell(
        self, entries: list[Draft | Removal | Result], told: Mapping[int, Sequence[str]], name: str
    ) -> None:
        """Tell the audit log of a batch, once it is known what of it is unchanged.

        What can't be told of is not taken in: a failure stands in its place thereafter.

        Args:
            entries: what became of the batch's documents until now.
            told: by index, as `apply` answered it.
            name: the collection's.
        """
        for index, words in told.items():
            entry = entries[index]
            unchanged = isinstance(entry, Result) and entry.outcome is Outcome.UNCHANGED
            if not words or unchanged or isinstance(entry, Removal):
                continue
            try:
                self._audit(name, entry.source_id, words, not isinstance(entry, Result))
            except Exception as error:  # noqa: BLE001 - what nobody is told of must not be stored
                _log.exception("record.protection_failed", source_id=entry.source_id)
                reason = f"its protection failed unexpectedly ({type(error).__name__}): report it"
                entries[index] = Result(entry.source_id, Outcome.FAILED, reason=reason)

    def removal(self, removal: Removal, collection: str) -> Removal:
        """Protect what is said with a deletion; it happens in any case, if need be in silence."""
        told = {"author": removal.author, "message": removal.message}
        try:
            policies, seals = self._for(collection, removal.source_id)
            done = protect(told, policies, seals)
        except Exception as error:  # noqa: BLE001 - what is not protected must not be stored
            _log.error(
                "record.protection_failed",
                source_id=removal.source_id,
                error=type(error).__name__,
            )
            return replace(removal, author="", message="")
        if done.findings:
            told_of = _in_words(done.findings, policies)
            self._audit(collection, removal.source_id, told_of, not done.refused)
        texts = dict.fromkeys(told, "") if done.refused else done.texts
        return replace(removal, **texts)

    def _for(self, collection: str, source_id: str) -> tuple[Policies, Seals | None]:
        policies = self._policies.get(collection) or self._policies.get(EVERY) or Policies()
        seals = Seals(self._sealer, collection, source_id) if self._sealer else None
        return policies, seals

    def _let_in(
        self, draft: Draft, collection: str, policies: Policies, found: Sequence[Suspicion]
    ) -> Draft | Result:
        if not found:
            return draft
        told = ", ".join(f"{count} × {kind}" for kind, count in sorted(tricks(found).items()))
        _log.warning(
            "record.suspicious", collection=collection, source_id=draft.source_id, found=told
        )
        if policies.instructions is Handling.FLAG:
            return draft
        reason = f"it seems to hold instructions for language models ({told})"
        if policies.instructions is Handling.REFUSE or self._quarantine is None:
            return _failed(draft, f"{reason}: its collection refuses such documents")
        if self._quarantine.allows(collection, draft):
            return draft
        name = self._quarantine.hold(collection, draft, found)
        return _failed(draft, f"{reason}: it is held as {name} until somebody has looked at it")


def _failed(draft: Draft, reason: str) -> Result:
    return Result(draft.source_id, Outcome.FAILED, reason=reason)


def _of_addresses(policies: Policies) -> Policies:
    """Take credentials out of addresses, and nothing else: a path is no telephone number."""
    touched = {kind for kind in CREDENTIALS if policies.of(kind) is not Policy.KEEP}
    return Policies(by_kind=dict.fromkeys(touched, Policy.REDACT))


def _named_badly(draft: Draft, policies: Policies) -> str:
    """Say why a document cannot keep its name, which is never changed."""
    if policies.keeps_everything:
        return ""
    kinds = {f.kind for f in find(draft.source_id) if f.kind in CREDENTIALS}
    if all(policies.of(kind) is Policy.KEEP for kind in kinds):
        return ""
    return "its source id holds a credential, and names are never changed: give it another one"
