"""Conditional requests (RFC 9110): answers that are known already, writes of what is known only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from api.schemas import DocumentOut
from foundation.errors import Outdated
from foundation.ids import content_hash
from foundation.patterns import deferred

_DIGITS: Final = 32
_ANY: Final = "*"
_TAG: Final = deferred(r'(W/)?"([!#-~\x80-\xff]*)"')


def etag_of(document: DocumentOut) -> str:
    """Make the strong entity tag of a document as it is shown: it changes with each byte of it.

    The version's id stands for the text; all else that is said of the document is hashed too.
    """
    told = document.model_dump(exclude={"text"})
    return f'"{content_hash(json.dumps(told, sort_keys=True))[:_DIGITS]}"'


def is_known(etag: str, if_none_match: Sequence[str]) -> bool:
    """Tell whether a client has this already, by the lines of `If-None-Match`."""
    return _any(if_none_match) or etag in {f'"{tag}"' for _, tag in _tags(if_none_match)}


def require_match(etag: str, if_match: Sequence[str]) -> None:
    """Refuse a write of something that is not as the client knows it.

    Args:
        etag: of what is there.
        if_match: the lines of `If-Match`; without any, everything fits. What can't be read fits
            nothing: a write that was to be careful must not be careless.

    Raises:
        Outdated: it has changed, or was named by a weak tag.
    """
    strong = {f'"{tag}"' for weak, tag in _tags(if_match) if not weak}
    if if_match and not _any(if_match) and etag not in strong:
        raise Outdated(
            "If-Match: it is not as you know it (any more): read it again, then decide anew"
        )


def _any(lines: Sequence[str]) -> bool:
    return any(line.strip() == _ANY for line in lines)


def _tags(lines: Sequence[str]) -> list[tuple[str, str]]:
    return _TAG.findall(",".join(lines))
