"""Secrets that are values of named things: `password=…`, `<token>…`, `https://user:…@host`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.key_names import sensitive_key
from foundation.security.redaction.matching import Match
from foundation.security.redaction.told import is_drawn, is_placeholder

_HINTS: Final = (
    *("pass", "pwd", "secret", "token", "key", "credential", "authorization", "cookie", "jwt"),
    *(
        "otp",
        "ssn",
        "://",
        " -u ",
        "パスワード",
        "パスフレーズ",
        "暗証",
        "合言葉",
        "キー",
        "秘密鍵",
    ),
    *("シークレット", "トークン", "cvv", "cvc", "iban", "card", "number", "tax", "national"),
)
_NAMED: Final = deferred(
    r"""(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_.-]{1,63})["'`]?\]?\s{0,4}"""
    r"""(=>|:=|==?|:(?![/:=]))\s{0,4}""",
    re.ASCII,
)
_VALUE: Final = deferred(
    r"""(["'`])([^"'`\n]{1,500})\1"""
    r"""|((?:[^\s"'`,;&<>()\[\]}|、。」]|&(?![\w.-]{1,64}=)){1,500})""",
    re.ASCII,
)
_SCHEME: Final = deferred(r"(?:bearer|basic|digest|token)\s{1,3}", re.IGNORECASE)
_ELEMENT: Final = deferred(r"<([A-Za-z_][A-Za-z0-9_.:-]{1,63})>([^<>\n]{1,500})</", re.ASCII)
_COOKIE: Final = deferred(
    r"\b(?:set-)?cookie:\s{0,3}([^\s=;,]{1,100}=[^\r\n]{4,4000})", re.IGNORECASE | re.ASCII
)
_USER: Final = deferred(
    r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,64}:([^\s/@\"'<>]{1,200})@"
    r"|\s-u\s{1,2}[\"']?[^\s:\"']{1,64}(?::|\s{1,2}-p\s{0,2})([^\s\"']{1,200})"
    r"|\bsshpass\s{1,2}-p\s{0,2}[\"']?([^\s\"']{1,200})"
)
_CODE: Final = deferred(r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+", re.ASCII)
_NAME: Final = deferred(r"[A-Za-z_]+", re.ASCII)
_SHORTEST: Final = 4
_NAMED_SO: Final = "the value of a field that is named as a secret"


def find_assignments(text: str) -> Iterator[Match]:
    """Find values that stand where a secret is named, less placeholders, code and prose."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return
    yield from _assigned(text)
    for found in _COOKIE.finditer(text):
        end = found.end() - len(found[1]) + len(found[1].rstrip())
        yield Match(Kind.SECRET, found.start(1), end, "a cookie")
    for found in _USER.finditer(text):
        group = found.lastindex or 1
        if not is_placeholder(found[group]):
            yield Match(Kind.SECRET, *found.span(group), "a password beside its user")


def _assigned(text: str) -> Iterator[Match]:
    for found in _NAMED.finditer(text):
        kind = sensitive_key(found[1])
        given = _VALUE.match(text, found.end()) if kind else None
        if kind is None or given is None:
            continue
        quoted = given[2] is not None
        group = 2 if quoted else 3
        if text[given.end() : given.end() + 1] in {"(", "["} and given[group].isidentifier():
            continue  # a call
        scheme = _SCHEME.match(text, given.start(group), given.end(group))
        start = scheme.end() if scheme else given.start(group)
        end = given.end(group)
        value, sure = text[start:end], found[2] not in {":", "=="}
        marked_up = given[1] == "`" and not any(map(str.isdigit, value))
        if not marked_up and _is_value(value, quoted=quoted, sure=sure):
            yield Match(kind, start, end, _NAMED_SO)
    for found in _ELEMENT.finditer(text):
        kind = sensitive_key(found[1])
        if kind and _is_value(found[2].strip(), quoted=True, sure=True):
            yield Match(kind, *found.span(2), _NAMED_SO)


def _is_value(value: str, *, quoted: bool, sure: bool) -> bool:
    """Tell a secret from a placeholder, a piece of code, and a word of a sentence.

    Args:
        quoted: it is a literal, so it is no code.
        sure: it stands behind `=`, so it is no prose.
    """
    if len(value) < _SHORTEST or is_placeholder(value):
        return False
    if quoted:
        return not _NAME.fullmatch(value) or sensitive_key(value) is None
    if _CODE.fullmatch(value) or (_NAME.fullmatch(value) and sensitive_key(value)):
        return False
    return sure or is_drawn(value)
