"""The parts of a question that compares or nests: each can be searched for by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.questions import Intent
from retrieval.enhancement.model import LinkedEntity

_MOST: Final = 3
_SHORTEST: Final = 2
_LONGEST: Final = 300
"""Characters: what is longer is no single sentence, and would cost patterns too much."""


_BETWEEN: Final = re.compile(
    r"\b(?:differences?|comparison|similarit\w+|trade-?offs?|distinction|choose|choice|distinguish"
    r"(?:es)?|what (?:do|does)) (?:\w+ )?between (?P<one>[^,?]+?) (?:and|or) (?P<two>[^,?]+)"
    r"|\b(?:compare|contrast) (?P<three>[^,?]+?) (?:and|with|to|against) (?P<four>[^,?]+)"
    r"|(?P<five>\S[^,?:]*?) (?:vs\.?|versus|compared (?:to|with)|against) (?P<six>[^,?]+)"
    r"|\bhow (?:do|does) (?P<seven>[^,?]+?) differ from (?P<eight>[^,?]+)",
    re.IGNORECASE,
)
_OR: Final = re.compile(
    r"\A(?P<asked>.*?)[,:]?\s+(?P<one>[^,:?]+?),? or (?P<two>[^,:?]+?)\??\Z", re.IGNORECASE
)
_NAME: Final = r"(?:[A-Z0-9][^\s,?]*|of|the|de|von|van|da)"
_BOTH: Final = re.compile(
    r"\A(?i:are|is|were|was|do|does|did|have|has|can) (?:both )?(?P<one>[^,?]+?),? and "
    rf"(?P<two>{_NAME}(?: {_NAME})*) (?:both )?(?P<asked>[^?]+?)\??\Z"
)
_ASKING: Final = re.compile(
    r"\A(?:which|what|who|is|are|was|were|do|does|did|should (?:we|i|you)|can|how|the|both|use|"
    r"choose|better|one|of)\b\s*",
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(
    r"\b(?:the|a|an) (?P<noun>(?!\b(?:the|a|an)\b)[\w'’-]+(?: (?!of\b|in\b|that\b|which\b|who\b|"
    r"whose\b|where\b|by\b|from\b|for\b|the\b)[\w'’-]+){0,2}) "
    r"(?P<clause>(?:that|which|who|whose|where|in which|on which)\b [^?]+)",
    re.IGNORECASE,
)
_OF_THE: Final = re.compile(
    r"\b[\w'’-]+ (?:of|in|by|from|for) "
    r"(?P<inner>(?:the|a) [^?]*?\b(?:of|in|by|from|with) [^?]+)",
    re.IGNORECASE,
)
_AND_JA: Final = re.compile(
    "(?P<one>[^、。？とのは]+?)(?:と|や|、)(?P<two>[^、。？とはで]+?)"
    "(?:の|では|は|で|を)?(?:どちら|どっち|違い|違う|比較|比べ|差異|相違|共通|優劣|使い分け|両方|二人とも|異な)"
)
_AGAINST_JA: Final = re.compile("(?P<one>[^、。？は]+?)(?:は|と|対)(?P<two>[^、。？は]+?)より")
_CLAUSE_JA: Final = re.compile(
    "(?P<clause>[^、。？]{2,40}?(?:した|された|している|する|った|れた|んだ|いた|いる|てる|ある|使う|持つ))"
    "(?P<noun>[^\\sぁ-ん、。？]{1,12})(?P<rest>[のがはを].+)"
)


def sub_questions(question: str, intent: Intent, entities: Sequence[LinkedEntity]) -> list[str]:
    """Take a question apart; nothing where it is one thing that is asked."""
    if len(question) > _LONGEST:
        return []
    if intent is Intent.COMPARISON:
        parts = _sides(question, entities)
    elif intent is Intent.MULTI_HOP:
        parts = _hops(question)
    else:
        return []
    tidy = (" ".join(part.split()).strip(" ,?.。？、") for part in parts)
    kept = [part for part in dict.fromkeys(tidy) if len(part) >= _SHORTEST]
    return [part for part in kept if part.lower() != question.strip(" ?？。").lower()][:_MOST]


def _sides(question: str, entities: Sequence[LinkedEntity]) -> list[str]:
    """Answer both sides of a comparison, each with what is asked of it."""
    if not question.isascii() and (
        found := _AND_JA.search(question) or _AGAINST_JA.search(question)
    ):
        return [found["one"], found["two"]]
    if found := _BETWEEN.search(question):
        one, two = (side for side in found.groups() if side)
        return [_bare(one), _bare(two)]
    if found := _BOTH.match(question):
        return [f"{found['one']} {found['asked']}", f"{found['two']} {found['asked']}"]
    if found := _OR.match(question):
        asked = _bare(found["asked"])
        return [f"{_bare(found['one'])} {asked}", f"{found['two']} {asked}"]
    named = list(dict.fromkeys(entity.surface for entity in entities))
    return named[:_MOST] if len(named) > 1 else []


def _hops(question: str) -> list[str]:
    """Answer the innermost description of a nested question first, then what is asked of it."""
    if not question.isascii() and (found := _CLAUSE_JA.search(question)):
        return [found["clause"] + found["noun"], found["noun"] + found["rest"]]
    parts: list[str] = []
    outer = question
    if found := _RELATIVE.search(question):
        parts.append(f"{found['noun']} {found['clause']}")
        outer = question[: found.start()] + found["noun"]
        if inner := _RELATIVE.search(found["clause"]):
            parts.insert(0, f"{inner['noun']} {inner['clause']}")
    elif found := _OF_THE.search(question):
        parts.append(found["inner"])
        outer = ""
    return [*parts, _bare(outer)] if parts else []


def _bare(text: str) -> str:
    """Leave the words out that only ask."""
    text = text.strip()
    while found := _ASKING.match(text):
        text = text[found.end() :]
    return text
