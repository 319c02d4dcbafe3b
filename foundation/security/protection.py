"""What becomes of a collection's sensitive values: kept, redacted, sealed, or not taken in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

from foundation.errors import InvalidInput
from foundation.security.redaction.findings import Finding, Kind
from foundation.security.redaction.redacting import Treatment, marker, redact_data
from foundation.security.sealing import Seals


class Policy(StrEnum):
    """What is done with a value."""

    KEEP = "keep"
    REDACT = "redact"
    PSEUDONYMISE = "pseudonymise"
    ENCRYPT = "encrypt"
    REFUSE = "refuse"


class Handling(StrEnum):
    """What is done with a document that seems to hold instructions for language models."""

    FLAG = "flag"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds in one collection.

    Attributes:
        default: for kinds that are not named.
        by_kind: for those that are.
        instructions: for hidden instructions (`foundation.security.injection`).
    """

    default: Policy = Policy.KEEP
    by_kind: Mapping[Kind, Policy] = field(default_factory=dict)
    instructions: Handling = Handling.FLAG

    def of(self, kind: Kind) -> Policy:
        """Tell what is done with a kind."""
        return self.by_kind.get(kind, self.default)

    @property
    def keeps_everything(self) -> bool:
        """Tell whether no value needs to be looked for."""
        return {Policy.KEEP} == {self.default, *self.by_kind.values()}

    def keeps(self, kind: Kind) -> bool:
        """Tell whether values of a kind stay as they are."""
        return self.of(kind) is Policy.KEEP

    @property
    def sealing(self) -> bool:
        """Tell whether a key is needed."""
        return bool({Policy.PSEUDONYMISE, Policy.ENCRYPT} & {self.default, *self.by_kind.values()})


@dataclass(frozen=True, slots=True)
class Protected:
    """Texts after their collection's policies.

    Attributes:
        texts: as they were given, with every value replaced as its policy says.
        findings: all of them, kept ones, too, unless everything is kept; paths begin with the
            name of the text.
        refused: why the document must not be taken; empty where it may.
    """

    texts: dict[str, Any]
    findings: Sequence[Finding]
    refused: str = ""


def protect(texts: Mapping[str, Any], policies: Policies, seals: Seals | None = None) -> Protected:
    """Apply policies to a document's texts; nothing is changed in place.

    Args:
        texts: by name (text, title, metadata …): strings, or what is like JSON.
        policies: the collection's.
        seals: where a policy pseudonymises or encrypts.

    Raises:
        InvalidInput: a policy needs a key and there is none.
    """
    if policies.keeps_everything:
        return Protected(dict(texts), ())
    if policies.sealing and seals is None:
        raise InvalidInput(
            "a policy pseudonymises or encrypts, which needs a key: set ELDERS_PROTECTION_KEYS"
        )
    treatment = _treatment(policies, seals)
    clean, findings = {}, []
    for name, value in texts.items():
        clean[name], found = _treated(name, value, treatment, policies)
        findings += found
    refused = Counter(f.kind for f in findings if policies.of(f.kind) is Policy.REFUSE)
    if not refused:
        return Protected(clean, findings)
    told = ", ".join(f"{count} × {kind.value}" for kind, count in sorted(refused.items()))
    reason = (
        f"it holds what its collection refuses ({told}): take it out, or change the collection's"
        " policy"
    )
    return Protected(clean, findings, reason)


def _treated(
    name: str, value: object, treatment: Treatment, policies: Policies
) -> tuple[Any, list[Finding]]:
    """Treat one text; its name is no label, but stands in the paths."""
    wrapped, findings = redact_data([value], treatment, policies.keeps)
    return wrapped[0], [_below(name, finding) for finding in findings]


def _below(name: str, finding: Finding) -> Finding:
    path = f"/{name}{finding.path.removeprefix('/0')}"
    return Finding(finding.kind, finding.start, finding.end, finding.reason, path)


def _treatment(policies: Policies, seals: Seals | None) -> Treatment:
    def treat(kind: Kind, value: str) -> str:
        policy = policies.of(kind)
        if policy is Policy.PSEUDONYMISE and seals:
            return seals.pseudonymise(kind, value)
        if policy is Policy.ENCRYPT and seals:
            return seals.encrypt(kind, value)
        return marker(kind) if policy is Policy.REDACT else value

    return treat


EVERY: Final = "*"
"""Names all collections that are not named, and all kinds."""

_Member = TypeVar("_Member", bound=StrEnum)
_INSTRUCTIONS: Final = "instructions"


def parse_policies(given: str) -> dict[str, Policies]:
    """Read which policies hold where, by collection; `*` stands for all others.

    Either a list, `patients=redact,contracts=encrypt,*=keep`, or a JSON object in which a
    collection has one policy, or one for each kind: `{"patients": {"*": "redact", "email":
    "pseudonymise", "instructions": "hold"}}`.

    Raises:
        InvalidInput: it is neither, or names a kind or a policy that there is not.
    """
    text = given.strip()
    return {name: _policies(name, value) for name, value in _entries(text).items()}


def _entries(text: str) -> dict[str, Any]:
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"the policies of protection are no JSON: {error}") from error
        return dict(found)
    pairs = [part.strip().rpartition("=") for part in text.split(",") if part.strip()]
    if any(not name.strip() for name, _, _ in pairs):
        raise InvalidInput(
            "the policies of protection are written collection=policy,… or as a JSON object"
        )
    return {name.strip(): policy.strip() for name, _, policy in pairs}


def _policies(collection: str, value: object) -> Policies:
    kinds = value if isinstance(value, dict) else {EVERY: value}
    by_kind = {}
    for name, policy in kinds.items():
        if name not in {EVERY, _INSTRUCTIONS}:
            by_kind[_member(Kind, name, collection)] = _member(Policy, policy, collection)
    return Policies(
        default=_member(Policy, kinds.get(EVERY, Policy.KEEP), collection),
        by_kind=by_kind,
        instructions=_member(Handling, kinds.get(_INSTRUCTIONS, Handling.FLAG), collection),
    )


def _member(family: type[_Member], name: object, collection: str) -> _Member:
    try:
        return family(str(name))
    except ValueError:
        known = ", ".join(member.value for member in family)
        raise InvalidInput(
            f"the protection of {collection!r} names {str(name)[:40]!r}; there is {known}"
        ) from None
