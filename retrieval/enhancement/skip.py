"""When a question is searched as it is, because nothing that could be derived would help it."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 600
"""Characters; questions are shorter, and what is longer is a passage that names all it needs."""

_CODE: Final = re.compile(
    r"\A\S*(?:\(\)|::|->|=>|[{}\[\]<>;=\\]|\w\(|_\w|[a-z][A-Z]|\w\.\w|/\w|@\w|#\w)\S*\Z"
)
_SNIPPET: Final = re.compile(
    r"[;{}]\s*\n|\A\s*(?:(?:async )?def \w+\(|class \w+[(:]|from [\w.]+ import |import [\w.]+\Z|"
    r"(?:const|let|var) \w+ ?=|(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\s|\$ \w|"
    r">>> )|Traceback \(most recent|\n\s+at \w|\w\([^()]*\)\s*[{;:]|:=|&&|\|\|"
)
_IDENTIFIER: Final = re.compile(
    r"\A(?:[0-9a-f]{7,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|v?\d+(?:\.\d+)+\S*|"
    r"#?\d+|[A-Z]{2,10}[- ]\d+)\Z"
)
_QUOTED: Final = re.compile(r"\A(?:\"[^\"]+\"|“[^”]+”|「[^「」]+」|『[^『』]+』)\Z", re.DOTALL)


def reason_to_skip(question: str) -> str:
    """Say why a question needs no enhancement; "" if it may."""
    text = question.strip()
    if len(text) > LONGEST:
        return f"longer than {LONGEST} characters: a passage rather than a question"
    if _QUOTED.match(text):
        return "quoted: searched as it is written"
    if _IDENTIFIER.match(text):
        return "a number or an id: searched as it is written"
    if _CODE.match(text) or _SNIPPET.search(text):
        return "code: searched as it is written"
    if len(text) < 2 or not any(map(str.isalpha, text)):
        return "too short to tell more than its letters"
    return ""
