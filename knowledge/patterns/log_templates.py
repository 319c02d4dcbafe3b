"""Learns the templates of log messages: what the program that wrote them has in its source."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from knowledge.patterns.log_masks import WILDCARD, words_of

Words = tuple[str, ...]
"""A masked message or a template, word by word."""

_SIMILARITY: Final = 0.4
"""Share of words that a message and a template have in common (Drain's default)."""

_MOST_CHOICES: Final = 8
"""So many plain words at one place are a choice that the program makes, each a template."""

_PLAIN: Final = re.compile(r"[^\W\d_](?:[^\W\d]|[-=])*")
_EDGES: Final = ".,:;()[]{}\"'!=<>*+-。、："


def parse(messages: Sequence[str]) -> list[int]:
    """Answer which template each message has, as numbers in the order of their appearance.

    Args:
        messages: log messages without their headers (see `read_lines`).
    """
    words = [words_of(message) for message in messages]
    templates = learn(words)
    numbers: dict[Words, int] = {}
    return [numbers.setdefault(templates[each], len(numbers)) for each in words]


def learn(messages: Iterable[Words]) -> Mapping[Words, Words]:
    """Find the template of each distinct masked message.

    Drain groups messages of one length by their first word and by how many words they share. It
    cannot know which of two words that differ is a value, so groups are looked at again as a
    whole: where few plain words stand at one place ("Paused", "Resumed"; "GET", "POST"), each has
    a template of its own. The messages are taken in sorted order, so that theirs does not matter.

    Source: He, Zhu, Zheng & Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree",
        ICWS 2017.
    """
    from drain3.drain import Drain

    drain = Drain(sim_th=_SIMILARITY)
    groups: dict[int, list[Words]] = defaultdict(list)
    for words in sorted(set(messages)):
        groups[drain.add_log_message(" ".join(words))[0].cluster_id].append(words)
    return {
        words: template
        for group in groups.values()
        for part in _told_apart(group)
        for template in [_template(part)]
        for words in part
    }


def _told_apart(group: list[Words]) -> list[list[Words]]:
    """Split a group at the place with the fewest choices, and the parts again."""
    if len(group) == 1:
        return [group]
    best: Mapping[str, list[Words]] = {}
    for place in range(len(group[0])):
        choices: dict[str, list[Words]] = defaultdict(list)
        for words in group:
            choices[words[place]].append(words)
        if _is_choice(choices) and (not best or len(choices) < len(best)):
            best = choices
    return [part for each in best.values() for part in _told_apart(each)] or [group]


def _is_choice(words: Mapping[str, object]) -> bool:
    return 1 < len(words) <= _MOST_CHOICES and all(
        _PLAIN.fullmatch(word.strip(_EDGES)) for word in words
    )


def _template(group: Sequence[Words]) -> Words:
    return tuple(_common(set(column)) for column in zip(*group, strict=True))


def _common(words: set[str]) -> str:
    """Keep what words have in common up to a sign that a value follows."""
    if len(words) == 1:
        return next(iter(words))
    first, last = min(words), max(words)
    same = next((at for at in range(len(first)) if first[at] != last[at]), len(first))
    return first[: max(first.rfind(sign, 0, same) for sign in "=:(") + 1] + WILDCARD


class Matcher:
    """Finds which templates a message fits."""

    def __init__(self, templates: Iterable[Words]) -> None:
        self._by_start: dict[tuple[int, str], list[Words]] = defaultdict(list)
        for template in sorted(set(templates)):
            start = template[0] if template and WILDCARD not in template[0] else ""
            self._by_start[len(template), start].append(template)

    def matches(self, message: Words) -> list[Words]:
        """Answer the templates that a masked message fits word by word."""
        starts = dict.fromkeys(("", *message[:1]))
        return [
            template
            for start in starts
            for template in self._by_start.get((len(message), start), ())
            if all(map(_fits, template, message))
        ]


def _fits(template: str, word: str) -> bool:
    if template in {word, WILDCARD}:
        return True
    return template.endswith(WILDCARD) and word.startswith(template.removesuffix(WILDCARD))
