"""What a key and its value say: a relation to other names, or values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from knowledge.extraction.headers import Field
from knowledge.extraction.model import Claim, Predicate
from knowledge.extraction.normalise import clean_surface
from knowledge.extraction.series import NO_SERIES, Identifier, cited
from knowledge.extraction.word_lists import words

RELATIONS: Final[Mapping[str, Predicate]] = {
    key: predicate
    for predicate, keys in {
        Predicate.REPLACES: "replaces|obsoletes|supersedes|前身",
        Predicate.REPLACED_BY: "replaced by|superseded by|obsoleted by|後継",
        Predicate.DEPENDS_ON: "requires|depends|depends on|dependency|dependencies|依存|前提",
        Predicate.CITES: "see also|related|related to|related documents|references|関連|参照",
        Predicate.ALSO_KNOWN_AS: "aka|also known as|alias|aliases|other names|別名|通称",
        Predicate.PART_OF: "part of|parent|上位",
    }.items()
    for key in keys.split("|")
}
_OTHER_REFERENCES: Final = frozenset({"updates", "updated by", "extends", "amends", "amended by"})
_LISTS: Final = words("""
author authors editor editors maintainer maintainers owner owners reviewer reviewers sponsor
sponsors contributors deciders tags keywords topic topics categories category labels languages
components services systems 著者 作者 担当 担当者 タグ キーワード""")
"""Keys whose values are lists wherever they have commas."""

_SAYS_NOTHING: Final = words("none n/a na - – — tbd tba nil null unknown なし 無し 未定")
_KEYWORD: Final = re.compile(r"\$[A-Z]\w+(?::[^$]*)?\$")

_ACRONYM: Final = re.compile(r"[A-Z]{2,6}")
_NUMBER: Final = re.compile(r"0*(\d{1,7})")
_SPELLED_OUT: Final[Mapping[str, str]] = {"request for comments": "RFC"}

_LINKED: Final = re.compile(
    r"`([^`<]+?) ?<[^<>`]*>`_{1,2}|!?\[([^\[\]]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)"
)
_ADDRESSEE: Final = re.compile(r"(?<=[^\s]) ?<[^<>\s]+(?:@| at | ?\(at\) ?)[^<>]*>")
_MARKS: Final = re.compile(r"\*\*|__|`+|<br ?/?>")
_COMMA: Final = re.compile(r"[,;、\n]")
_AND: Final = re.compile(r"[,;、\n]|(?:^|(?<= ))(?:and|&) ")
_NUMBERS: Final = re.compile(r"\d+(?: \d+)*")
_LISTED: Final = re.compile(r"v?\d[\w.+-]*|\d{1,4}[-/ ][A-Za-z\d]{1,9}[-/ ]\d{1,4}")
"""Numbers, versions and dates without commas: lists of these are lists under any key."""

_CONSTRAINT: Final = re.compile(r" ?[<>=!~^(\[].*")
_FOLLOWED: Final = re.compile(r"(?:superseded|replaced|obsoleted) by:? (.+)", re.IGNORECASE)
_LONGEST_VALUE: Final = 200
_MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose fields they are, and how sure that is."""

    name: str
    identifier: Identifier | None
    origin: str
    confidence: float = 1.0

    def relates(self, predicate: str, name: str, proof: Field) -> Claim:
        """Claim a relation to a name."""
        return self._claim(predicate, name, None, proof)

    def has(self, predicate: str, value: str, proof: Field) -> Claim:
        """Claim a value."""
        return self._claim(predicate, None, value, proof)

    def _claim(self, predicate: str, name: str | None, value: str | None, proof: Field) -> Claim:
        sure, origin = self.confidence, self.origin
        return Claim(self.name, predicate, name, value, proof.start, proof.end, sure, origin)


def key_of(field: Field) -> str:
    """Write a key as a predicate: lower case, with spaces."""
    return " ".join(re.split(r"[\s_-]+", field.key.casefold())).strip()


def text_of(field: Field) -> str:
    """Write a value on one line, without quotes."""
    return " ".join(field.lines).strip("\"' ")


def number_of(field: Field) -> Identifier | None:
    """Read the document's own number: "PEP: 484", "Request for Comments: 2119"."""
    series = _SPELLED_OUT.get(key_of(field), field.key)
    number = _NUMBER.fullmatch(text_of(field))
    if number is None or not _ACRONYM.fullmatch(series) or series in NO_SERIES:
        return None
    return Identifier(series, number[1])


def said(owner: Owner, field: Field) -> Iterator[Claim]:
    """Yield the claims of one field, by what kind of key it has."""
    key = key_of(field)
    predicate = RELATIONS.get(key) or (key if key in _OTHER_REFERENCES else None)
    if owner.origin == "field" and (own := number_of(field)):
        yield owner.relates(Predicate.ALSO_KNOWN_AS, own.name, field)
    elif predicate:
        for name in _references("\n".join(field.lines), owner.identifier):
            yield owner.relates(predicate, name, field)
    elif key:
        for value in _values(key, field):
            if key != "title" or value != owner.name:
                yield owner.has(key, value, field)
        if followed := _FOLLOWED.match(text_of(field)):
            for name in _references(followed[1], owner.identifier):
                yield owner.relates(Predicate.REPLACED_BY, name, field)


def plain(text: str) -> str:
    """Drop the markup of a link, a cell or a key."""
    return _MARKS.sub("", _LINKED.sub(_label, text)).strip()


def _references(text: str, own: Identifier | None) -> Iterator[str]:
    """Yield the names that a value refers to."""
    text = text.strip("\"'")
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    for part in _AND.split(_LINKED.sub(_label, text)):
        found = [identifier.name for _, _, identifier, _ in cited(part, own)]
        if found:
            yield from found
        elif _NUMBERS.fullmatch(part.strip()):
            if own:
                for number in part.split():
                    yield Identifier(own.series, number.lstrip("0") or "0").name
        elif "://" not in part and len(part.split()) <= _MOST_WORDS:
            name = clean_surface(_CONSTRAINT.sub("", _MARKS.sub("", part.strip("- "))))
            if name and name.casefold() not in _SAYS_NOTHING:
                yield name


def _label(link: re.Match[str]) -> str:
    return link[1] or link[2] or ""


def _values(key: str, field: Field) -> Iterator[str]:
    """Yield the values of a field: one, or those of a list."""
    text = _ADDRESSEE.sub("", _LINKED.sub(_label, "\n".join(field.lines)))
    parts = field.lines if field.items else _COMMA.split(text)
    parts = [part.strip() for part in parts if part.strip()]
    if text.startswith("[") and text.endswith("]"):
        parts = _COMMA.split(text[1:-1])
    elif not (field.items or key in _LISTS or all(map(_LISTED.fullmatch, parts))):
        parts = [text]
    for part in parts:
        value = " ".join(_MARKS.sub("", part).split()).strip("\"'")
        value = value[1:-1] if value[:1] == "<" and value[-1:] == ">" else value
        if (
            value
            and len(value) <= _LONGEST_VALUE
            and value.casefold() not in _SAYS_NOTHING
            and not _KEYWORD.fullmatch(value)
        ):
            yield value
