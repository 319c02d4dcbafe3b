"""Hides what varies in log messages: numbers, addresses, identifiers, paths, times, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from foundation.patterns import deferred

WILDCARD: Final = "<*>"
"""Stands for what varies, in masked messages and in templates."""

_LONGEST: Final = 2000
"""Characters of a message that are read: what follows is payload."""

_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_HEX: Final = "[0-9a-fA-F]"
_DOMAIN: Final = r"(?:[A-Za-z0-9_-]{1,63}\.)"
_UNIT: Final = (
    r"(?:[KMGTP]i?B|[kmgt]b|B|[Bb]ytes?|ns|us|µs|ms|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|"
    r"hours?|days?|[KMG]?Hz|rpm|°?C|°?F|%|バイト|ミリ秒|秒間?|分間?|時間|日間?|件|個|回)"
)

_SCRIPTS: Final = ("ぁ-ゖ", "ァ-ヺー", "㐀-鿿々〆")
_WORD: Final = deferred(
    "|".join(f"[{script}]+" for script in _SCRIPTS) + rf"|[^\s{''.join(_SCRIPTS)}]+"
)
_SEAM: Final = deferred(rf"(?<=[{''.join(_SCRIPTS)}])\ |\ (?=[{''.join(_SCRIPTS)}])")

_VARYING: Final = deferred(
    rf"""
    \b{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\b                          # UUID
  | \b[a-z][a-z0-9+.-]{{1,10}}://[^\s,;"'<>)\]]+                               # URL
  | (?<![\w.+-])[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}})+              # e-mail
  | \b(?:{_HEX}{{2}}[:-]){{5}}{_HEX}{{2}}\b                                    # MAC
  | /?(?<![\w.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\.?\w)(?::\d+)?                # IPv4, port
  | (?<![\w:])(?:{_HEX}{{1,4}}:){{3,7}}{_HEX}{{1,4}}(?!\w)                     # IPv6
  | (?<![\w./@-])(?:{_DOMAIN}{{2,}}[a-z]{{2}}|{_DOMAIN}{{2,}}(?:info|biz|local|lan)
        |{_DOMAIN}+(?:com|net|org|edu|gov|mil|int))\b(?![.\w-])(?::\d+)?       # host, port
  | (?<![\w/.)])(?:[A-Za-z]:|~|\.{{1,2}})?(?:[/\\][\w.@$+=%~-]+){{2,}}[/\\]?   # path
  | \b(?:{_DAY}[a-z]*,?\s+)?{_MONTH}[a-z]*\s+\d{{1,2}}(?:,?\s+\d\d:\d\d(?::\d\d)?)?
        (?:\s+[A-Z]{{3,4}})?(?:\s+\d{{4}})?\b                                  # date
  | (?<=\buser)(?P<user>\s+)(?!=)[\w.-]+                                       # "user alice"
  | (?<=[=:])\s?(?:true|false|null|none|nil|yes|no|True|False|None)\b          # flag
  | (?<=[=:])"[^"]{{0,200}}"                                                   # key="value"
  | (?<!\w)(?:'[^']{{0,200}}'|`[^`]{{0,200}}`|“[^”]{{0,200}}”)(?!\w)           # quoted
  | 「[^」]{{0,200}}」 | 『[^』]{{0,200}}』
  | \b0[xX]{_HEX}+\b | \b(?=[a-fA-F]{{0,40}}\d){_HEX}{{8,}}\b                  # hexadecimal
  | (?<=\s)(?P<empty>\()(?=\))                                                 # "host ()"
  | \*{{3,}}                                                                   # hidden value
  | (?<![A-Za-z0-9])<?[+-]?\d+(?:[.,:/-]\d+)*(?:\ ?{_UNIT})?(?![A-Za-z0-9])    # number, unit
    """,
    re.VERBOSE,
)


def mask(message: str) -> str:
    """Put `<*>` for each part that looks like a value rather than a word.

    The same few general shapes for all systems; whatever else varies, the templates find out.
    """
    return _VARYING.sub(_hide, message[:_LONGEST])


def _hide(found: re.Match[str]) -> str:
    return f"{found['user'] or found['empty'] or ''}{WILDCARD}"


def words_of(message: str) -> tuple[str, ...]:
    """Mask a message and cut it into words; a list of like values counts as one of them.

    Japanese is cut where the script changes: 夜間集計が完了 is 夜間集計, が, 完了.
    """
    masked = mask(message)
    words: list[str] = []
    for word in masked.split() if masked.isascii() else _WORD.findall(masked):
        if words and WILDCARD in word and words[-1].rstrip(",;、") == word.rstrip(",;、"):
            words.pop()
        words.append(word)
    return tuple(words)


def text_of(words: Sequence[str]) -> str:
    """Put words together again; between Japanese ones stands no space."""
    text = " ".join(words)
    return text if text.isascii() else _SEAM.sub("", text)
