"""What fields and tables say: of the document that they head, or of what a row begins with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from knowledge.extraction.headers import Field, read_header
from knowledge.extraction.model import Claim, Excerpt, Predicate
from knowledge.extraction.normalise import clean_surface
from knowledge.extraction.properties import (
    RELATIONS,
    Owner,
    key_of,
    number_of,
    plain,
    said,
    text_of,
)
from knowledge.extraction.series import identifier_of, titled
from knowledge.extraction.tables import Row, Table, read_tables
from knowledge.extraction.word_lists import words

_FAMILIAR: Final = words("""
status author authors date created updated version type title owner category resolution severity
priority state 状態 ステータス 作成日 更新日 著者 作者 担当者 日付 版""")
"""Keys that are believed where they stand alone."""

_ABOUT_DOCUMENT: Final = words("""
metadata info information details status header properties summary overview 概要 情報 属性""")
_NO_KEYS: Final = words("""
note notes warning caution tip hint important danger attention example examples e.g i.e see todo q a
question answer usage output input http https 注 注意 注記 例 補足 警告 重要 問 答""")
_OPENERS: Final = words("""
we you i he she they it this that these and but or so if the a an my our his her there what how why
when who let please""")
_KEY_COLUMNS: Final = words("key field property attribute setting parameter item 項目 属性 キー")
_VALUE_COLUMNS: Final = words("value values setting 値 内容")
_TRIPLE: Final = frozenset({("subject", "predicate", "object"), ("主語", "述語", "目的語")})
"""Headings of a table that states relations: how graphs that are imported are kept."""

_DATA: Final = re.compile(r".*\d|(?:\S+\s+){4}", re.DOTALL)
_LONGEST_CELL: Final = 80
_SURE: Final = 0.8


def find_fields(excerpt: Excerpt) -> Iterator[Claim]:
    """Yield what the passage's header and tables say, and the number that its title begins with.

    Keys that are relations ("Requires", "Superseded-By", 後継) have names as objects, and bare
    numbers in them are of the document's own series; all other keys, in lower case, have values.
    """
    identifier = titled(excerpt.title)
    if identifier and identifier.name != excerpt.title:
        known_as = Predicate.ALSO_KNOWN_AS
        yield Claim(excerpt.title, known_as, identifier.name, origin="field")
    fields, owner = _headed(excerpt)
    if owner.name:
        for field in fields:
            yield from said(owner, field)
    if "|" in excerpt.text:
        for table in read_tables(excerpt.text):
            yield from _tabulated(owner, table)


def _headed(excerpt: Excerpt) -> tuple[Sequence[Field], Owner]:
    """Read the header, and whom it describes: the document, or what a heading below it names."""
    header = read_header(excerpt.text, continued=not excerpt.heading)
    fields = [field for field in header.fields if _is_field(field)]
    by_key = {key_of(field): field for field in fields}
    title = excerpt.title
    if not title and "title" in by_key:
        title = clean_surface(text_of(by_key["title"]))
    number = next(filter(None, map(number_of, fields)), None) or identifier_of(excerpt)
    owner = Owner(clean_surface(title), number, "field")
    below = [name for name in excerpt.heading if clean_surface(name) != owner.name]
    if below and not header.sure and below[-1].casefold() not in _ABOUT_DOCUMENT:
        owner = Owner(clean_surface(below[-1]), number, "field", 0.7)
    alone = len(fields) == 1 and not below and _familiar(key_of(fields[0]))
    return fields if header.sure or len(fields) > 1 or alone else (), owner


def _is_field(field: Field) -> bool:
    """Tell whether a line with a colon is a field: no remark ("Note: …") and no sentence."""
    if number_of(field):
        return True
    key = key_of(field)
    return key not in _NO_KEYS and key.split(" ")[0] not in _OPENERS


def _familiar(key: str) -> bool:
    return key in _FAMILIAR or key in RELATIONS


def _tabulated(owner: Owner, table: Table) -> Iterator[Claim]:
    """Yield a table's claims: two columns may be fields; else each row is about its first cell."""
    keys = table.header.cells
    if tuple(map(str.casefold, keys)) in _TRIPLE:
        yield from _related(table)
        return
    if len(keys) == 2 and _describes(table):
        about = Owner(owner.name, owner.identifier, "table", _SURE)
        headed = keys[0].casefold() in _KEY_COLUMNS or not any(keys)
        for row in table.rows if headed else (table.header, *table.rows):
            yield from _cell(about, row.cells[0], row.cells[1], row)
        return
    for row in table.rows:
        subject = clean_surface(plain(row.cells[0]))
        if any(map(str.isalpha, subject)) and len(subject) <= _LONGEST_CELL:
            about = Owner(subject, owner.identifier, "table", _SURE)
            for key, cell in zip(keys[1:], row.cells[1:], strict=True):
                yield from _cell(about, key, cell, row)


def _related(table: Table) -> Iterator[Claim]:
    for row in table.rows:
        subject, predicate, target = (clean_surface(plain(cell)) for cell in row.cells)
        if subject and predicate and target:
            yield Claim(
                subject, predicate.casefold(), target, None, row.start, row.end, _SURE, "table"
            )


def _cell(about: Owner, key: str, cell: str, row: Row) -> Iterator[Claim]:
    key = plain(key)
    if about.name and key and cell:
        yield from said(about, Field(key, (cell,), start=row.start, end=row.end))


def _describes(table: Table) -> bool:
    """Tell whether two columns are keys and values of the document, not a list of things."""
    key, value = (cell.casefold() for cell in table.header.cells)
    if not (key or value) or key in _KEY_COLUMNS or value in _VALUE_COLUMNS:
        return True
    return _familiar(key) or _DATA.match(value) is not None
