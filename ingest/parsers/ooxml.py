"""What Office files share: their core properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import zipfile

_CORE: Final = "docProps/core.xml"
_NAMES: Final = {
    "creator": "author",
    "lastModifiedBy": "last_modified_by",
    "created": "created",
    "modified": "modified",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "language": "language",
}
# What programs write where nobody gave a title.
_NO_TITLES: Final = frozenset(
    {"powerpoint presentation", "powerpoint プレゼンテーション", "untitled"}
)


def core_properties(archive: zipfile.ZipFile) -> tuple[str, dict[str, str]]:
    """Read title and metadata; a part that is missing or damaged gives none."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(archive.read(_CORE))
    except (KeyError, ParseError):
        return "", {}
    values = {
        element.tag.rpartition("}")[2]: element.text.strip()
        for element in root
        if element.text and element.text.strip()
    }
    title = values.get("title", "")
    metadata = {ours: values[theirs] for theirs, ours in _NAMES.items() if theirs in values}
    return ("" if title.lower() in _NO_TITLES else title), metadata
