"""Read texts that are made to be slow: every way by which a stranger's text or pattern meets `re`.

    python -m tests.acceptance.expressions DOOR

Each text may take 20 seconds, which nothing needs whose cost grows with its length alone; then the
process is ended by a signal, and the last line that it printed names the text.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from foundation.errors import GuildError, Unparsable

SECONDS: Final = 20
LENGTH: Final = 100_000
QUERY: Final = 32_000
"""A query has no more characters."""

PASSAGE: Final = 2_000
"""Nor has a passage."""

UNITS: Final = (
    "a", "A", "1", " ", "\n", "\t", "(", "[", "{", "<", "-", "_", "/", "\\", '"', "*", "`", "#",
    "=", "|", ":", "@", "a ", "a.", "a@a.", "1-", "Aa ", "[a](", "![", "<a ", "\n- ", "\n#", "&",
    "${", "a=", '\\"', "あ", "、", "eyJ", "-----BEGIN ", "=\n", "a::", "<!--", "/*", "//", "\n\n",
    ',\\"', ",/*",
)  # fmt: skip

Door = Callable[[str], object]


def texts(length: int) -> Iterator[str]:
    """Repeat each unit, with and without an end that fits nothing."""
    for unit in UNITS:
        text = (unit * (length // len(unit) + 1))[:length]
        yield text
        yield f"{text}\x01!"


def doors() -> Mapping[str, tuple[int, Callable[[], Door]]]:
    """Name each way in, with the length of what it takes."""
    kinds = ("txt", "md", "rst", "py", "json", "jsonc", "html", "csv", "eml", "ipynb", "xml")
    return {
        **{f"file.{kind}": (LENGTH, partial(_parsing, kind)) for kind in kinds},
        "front matter": (LENGTH, lambda: _parsing("md", "---\n")),
        "chunks": (LENGTH // 2, _chunking),
        "redaction": (LENGTH // 4, _redacting),
        "injection": (LENGTH, _suspecting),
        "query": (QUERY, _querying),
        "filter": (QUERY, _filtering),
        "globs": (500, _globbing),
        "names": (PASSAGE, _extracting),
        "conditions": (500, _matching),
    }


def _parsing(kind: str, start: str = "") -> Door:
    from ingest.model import Record
    from ingest.parsers.limits import Limits
    from ingest.parsers.registry import parse
    from ingest.parsers.sandbox import Sandbox

    sandbox, name = Sandbox(), f"x.{kind}"

    def read(text: str) -> object:
        data = (start + text).encode()
        try:
            return parse(Record(name, data=data, name=name), limits=Limits(), sandbox=sandbox)
        except Unparsable as refused:
            if "seconds" in str(refused):  # the sandbox ended it: it was too slow
                raise AssertionError(str(refused)) from refused
            return refused

    return read


def _chunking() -> Door:
    from ingest.chunking import Chunker

    kinds = ("text/markdown", "text/x-rst")
    return lambda text: [Chunker().chunk(text, kind) for kind in kinds]


def _redacting() -> Door:
    from foundation.security.redaction.redacting import harmless, redact_data, redact_text

    return lambda text: (
        redact_text(text),
        redact_data({"password": text, text: 1}),
        harmless(text),
    )


def _suspecting() -> Door:
    from foundation.security.injection.escaping import escaped, visible
    from foundation.security.injection.suspecting import suspicions

    return lambda text: (suspicions(text), escaped(text), visible(text))


def _querying() -> Door:
    from knowledge.sentences import clauses, phrases, split_sentences
    from retrieval.enhancement.cues import cues
    from retrieval.enhancement.dates import read_span
    from retrieval.enhancement.features import features

    return lambda text: (
        list(cues(text)), features(text), read_span(text), split_sentences(text), clauses(text),
        phrases(text),
    )  # fmt: skip


def _filtering() -> Door:
    from retrieval.filters import parse_filter

    return lambda text: (parse_filter({"a": text}), parse_filter({text: {"$in": [text]}}))


def _globbing() -> Door:
    from foundation.security.policy import access
    from ingest.sources.wildmatch import parse_rule, verdict

    def match(text: str) -> object:
        for pattern in (text, "*a" * 200, "**/" * 150 + "b", "?*" * 200 + "b", "[a-z]*" * 80):
            with suppress(GuildError):
                rule = parse_rule(pattern)
                if rule:
                    verdict([rule], [text.replace("/", ""), *["a"] * 500, "aaa!"], folder=False)
            with suppress(GuildError):
                access([pattern], [pattern]).sees(text)
        return None

    return match


def _extracting() -> Door:
    from knowledge.extraction.model import Excerpt
    from knowledge.extraction.rules import RuleExtractor

    return lambda text: RuleExtractor().extract([Excerpt("", (), text)])


def _matching() -> Door:
    from elders.alerts.matching import matcher

    return lambda text: matcher(f'service="{text[:480]}"')


def main(name: str) -> None:
    """Let every text in by one door; what is refused with an error of the platform is well."""
    length, made = doors()[name]
    door = made()
    for number, text in enumerate(texts(length)):
        sys.stdout.write(f"{number} {text[:12]!r}\n")
        sys.stdout.flush()
        signal.alarm(SECONDS)  # nothing catches it: the process ends
        with suppress(GuildError):
            door(text)
        signal.alarm(0)


if __name__ == "__main__":
    main(sys.argv[1])
