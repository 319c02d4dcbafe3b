"""Links and citations: what a passage points to by address or by number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urldefrag, urljoin

from knowledge.extraction.model import LONGEST_NAME, Claim, Excerpt, Predicate
from knowledge.extraction.series import cited, identifier_of

_FENCED: Final = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_MARKDOWN: Final = re.compile(r"\[[^\[\]\n]{0,200}\]\(\s*<?([^\s()<>]+(?:\([^\s()<>]*\))?)")
_DEFINED: Final = re.compile(
    r"^[ \t]*(?:\[[^\]\n]{1,100}\]:|\.\.[ ]_[^:\n]{1,100}:|__)[ \t]+<?([^\s<>]+)", re.MULTILINE
)
_RESTRUCTURED: Final = re.compile(r"(?<![:`])`[^`<]{0,200}<([^\s<>`]+)>`_")
_HTML: Final = re.compile(r"""\bhref\s*=\s*["']([^"'\s<>]+)["']""", re.IGNORECASE)
_BARE: Final = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_WIKI: Final = re.compile(r"\[\[(?! )([^\[\]|#<>\n]{1,120})(?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_NAMESPACE: Final = re.compile(r"(?:file|image|category|template|special|media):", re.IGNORECASE)
_ALIEN: Final = re.compile(r"(?!https?:|ftp:|file:|git:|ssh:)[A-Za-z][\w+.-]+:(?!\d)")
_LOOSE: Final = ".,;:!?*_~'"


def find_links(excerpt: Excerpt) -> Iterator[Claim]:
    """Yield each target once: addresses and wiki titles ("links to"), numbers ("cites").

    Relative addresses start at the excerpt's own, fragments are dropped; what points to the
    document itself says nothing. A document without a title has no name to link from.
    """
    title, text = excerpt.title, excerpt.text
    if not title:
        return
    own = identifier_of(excerpt)
    seen = {urldefrag(excerpt.address).url if "#" in excerpt.address else excerpt.address}
    for start, end, target in _targets(text, excerpt.address):
        if target not in seen and len(target) <= LONGEST_NAME:
            seen.add(target)
            yield Claim(title, Predicate.LINKS_TO, target, start=start, end=end, origin="link")
    numbers = {own}
    for start, end, identifier, confidence in cited(text, own):
        if identifier not in numbers:
            numbers.add(identifier)
            yield Claim(
                title,
                Predicate.CITES,
                identifier.name,
                start=start,
                end=end,
                confidence=confidence,
                origin="link",
            )


def _targets(text: str, address: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, target) of all links outside of code, resolved against the address."""
    if "```" in text or "~~~" in text:
        text = _FENCED.sub(_blank, text)
    for start, end, target in _written(text):
        resolved = _resolved(target, address)
        if resolved:
            yield start, end, resolved
    if "[[" in text:
        for wiki in _WIKI.finditer(text):
            target = " ".join(wiki[1].replace("_", " ").split())
            if target and not _NAMESPACE.match(target):
                yield wiki.start(), wiki.end(), target


def _written(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the addresses of links as they are written; the cheap signs come first."""
    forms = []
    if "](" in text:
        forms.append(_MARKDOWN)
    if ">`_" in text:
        forms.append(_RESTRUCTURED)
    if "]: " in text or ".. _" in text or "__ " in text:
        forms.append(_DEFINED)
    if "href" in text or "HREF" in text:
        forms.append(_HTML)
    for form in forms:
        for link in form.finditer(text):
            if text[link.start() - 1 : link.start()] != "!" or link.start() == 0:
                yield link.start(), link.end(), link[1]
    if "://" in text:
        for link in _BARE.finditer(text):
            target = _untrailed(link[0])
            yield link.start(), link.start() + len(target), target


def _blank(code: re.Match[str]) -> str:
    return " " * len(code[0])


def _untrailed(target: str) -> str:
    """Drop what belongs to the sentence: its full stop, a bracket that opened before."""
    while target:
        last = target[-1]
        opening = {")": "(", "]": "["}.get(last)
        if last in _LOOSE or (opening and target.count(opening) < target.count(last)):
            target = target[:-1]
        else:
            break
    return target


def _resolved(target: str, address: str) -> str:
    """Answer the address that a target stands for; "" where it leads nowhere else."""
    if target.startswith("#") or target.endswith("_") or _ALIEN.match(target):
        return ""
    try:
        return urldefrag(urljoin(address, target)).url
    except ValueError:  # "http://[" looks like an address of the sixth version
        return ""
