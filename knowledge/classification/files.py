"""What a file's name and media type say of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SUFFIXES: Final[Mapping[str, str]] = {
    "code file": "py pyi pyw js mjs cjs jsx ts mts tsx vue svelte java kt kts scala go rs c h cc "
    "cpp cxx hpp cs rb php pl pm lua r swift sh bash zsh fish ps1 bat sql css scss tf hcl gradle "
    "proto graphql thrift ipynb",
    "data file": "json jsonl ndjson yaml yml toml ini cfg conf properties xml",
    "table file": "csv tsv tab xlsx xlsm xls ods parquet",
    "mail file": "eml msg mbox mht mhtml",
    "log file": "log out err",
}
_FEATURE_OF: Final = {end: name for name, ends in _SUFFIXES.items() for end in ends.split()}

_MEDIA_TYPES: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "table file": r"text/(?:csv|tab-separated-values)|.*(?:spreadsheet|excel|parquet)",
        "mail file": r"message/|application/(?:mbox|vnd\.ms-outlook)",
        "log file": r"text/x-log",
        "data file": r"(?:application|text)/(?:.*\+)?(?:json|x-ndjson|yaml|toml|xml)$|text/x-ini",
        "code file": r"text/(?:x-(?!rst|log|markdown|ini)|javascript|css)|application/(?:sql|x-sh"
        r"|javascript|typescript|x-ipynb)",
    }.items()
}


def file_feature(name: str, media_type: str) -> str:
    """Answer the feature that a name or a media type gives a document; "" for none.

    Args:
        name: of the file, with or without folders or an address before it; may be empty.
        media_type: as in an HTTP header; may be empty.
    """
    suffix = name.rpartition(".")[2].lower()
    if feature := _FEATURE_OF.get(suffix, ""):
        return feature
    kind = media_type.partition(";")[0].strip().lower()
    return next((name for name, pattern in _MEDIA_TYPES.items() if pattern.match(kind)), "")
