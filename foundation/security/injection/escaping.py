"""How text that anybody may have written is shown to a language model: as data, and visibly."""

from __future__ import annotations

import json
import re
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.folding import INVISIBLE

_UNSAFE: Final = deferred(
    rf"[<>`{INVISIBLE}\u2028\u2029]"
    r"|\[(?=/?\s?(?:INST|SYS|SYSTEM(?:_PROMPT)?|ASSISTANT|USER|(?:AVAILABLE_)?TOOL[A-Z_]{0,12})\b)"
    r"|#(?=#{0,5}\s{0,3}(?:system|instructions?|assistant|human|user|response|prompt)\b)",
    re.IGNORECASE,
)
"""What servers and models may read as the end of data, and what a reader would not see."""

_UNSEEN: Final = deferred(f"[{INVISIBLE}]")


def escaped(value: object) -> str:
    r"""Write a value as JSON that nothing within it can leave.

    Texts become JSON strings, whose end no text can write. Marks that chat models give a meaning
    to, and invisible characters, are written as `\uXXXX` besides: the value that the JSON stands
    for is the same to the last character. Lone surrogates become question marks.

    Args:
        value: what `json.dumps` takes.
    """
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return _UNSAFE.sub(_as_escape, text)


def _as_escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def visible(text: str) -> str:
    """Show invisible characters by their numbers, for people who look at what was flagged."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
