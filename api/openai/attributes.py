"""Attributes of files in stores: their limits, and where they stand in documents' metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.openai.errors import Refusal
from retrieval.indexes.columns import BUILT_IN

MOST: Final = 16
LONGEST_KEY: Final = 64
LONGEST_VALUE: Final = 512
_ASIDE: Final = "attributes."
"""Begins the fields of attributes whose names mean something else in a filter."""


def checked(pairs: Mapping[str, Any] | None, param: str) -> dict[str, Any]:
    """Answer attributes (or metadata) that keep to the limits.

    Raises:
        Refusal: there are too many, or one is too long or has no name.
    """
    found = dict(pairs or {})
    if len(found) > MOST:
        raise Refusal(f"{param} has {len(found)} pairs: {MOST} are allowed", param=param)
    for key, value in found.items():
        if not key or len(key) > LONGEST_KEY or "\0" in key:
            raise Refusal(f"{param}: a key has 1 to {LONGEST_KEY} characters", param=param)
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise Refusal(
                f"{param}.{key}: a text has at most {LONGEST_VALUE} characters", param=param
            )
    return found


def field_of(key: str) -> str:
    """Answer the field of a document's metadata that holds an attribute.

    It is called like the attribute, unless every document has a field of that name (`title`,
    `language` …): then it stands aside.
    """
    return f"{_ASIDE}{key}" if key in BUILT_IN or key.startswith(("$", _ASIDE)) else key


def metadata_of(filename: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Make the metadata of the document that a file becomes."""
    return {"filename": filename, **{field_of(key): each for key, each in attributes.items()}}


def attributes_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Show the metadata of a document that came by another door as attributes, within the limits.

    Lists and nulls are none.
    """
    plain = {
        key: value[:LONGEST_VALUE] if isinstance(value, str) else value
        for key, value in metadata.items()
        if isinstance(value, str | bool | int | float) and len(key) <= LONGEST_KEY
    }
    return dict(list(plain.items())[:MOST])
