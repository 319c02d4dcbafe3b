"""All that can be worked out about a draft before the write transaction opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.ids import Sha256, content_hash, normalised_hash
from knowledge.model import Draft, Removal, passage
from knowledge.signatures import Signature, Signer


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its hashes and its signature."""

    draft: Draft
    sha256: Sha256
    normalised_sha256: Sha256
    span_hashes: Sequence[Sha256]
    signature: Signature


def version_hash(title: str, text: str) -> Sha256:
    """Hash what a version holds: any change of title or text makes a new one."""
    return content_hash(title, text)


def prepare(entries: Sequence[Draft | Removal], signer: Signer) -> list[Prepared | Removal]:
    """Hash and sign drafts (one batch, because signing many at once is much faster)."""
    drafts = [entry for entry in entries if isinstance(entry, Draft)]
    signatures = iter(signer.sign_many([draft.text for draft in drafts]))
    return [
        entry if isinstance(entry, Removal) else _prepare(entry, next(signatures))
        for entry in entries
    ]


def _prepare(draft: Draft, signature: Signature) -> Prepared:
    return Prepared(
        draft=draft,
        sha256=version_hash(draft.title, draft.text),
        normalised_sha256=normalised_hash(draft.text),
        span_hashes=[
            content_hash(passage(draft.title, span.heading, draft.text[span.start : span.end]))
            for span in draft.spans
        ],
        signature=signature,
    )
