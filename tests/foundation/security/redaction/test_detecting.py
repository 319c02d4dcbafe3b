"""All detectors together: how well they do, where they say it stands, and what it costs."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.redaction import PARTS, Judged, examples, judged, scored
from foundation.security.redaction.detecting import find
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import Match, find_numbers

CARD = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def results() -> list[Judged]:
    return list(judged(examples()))


def test_the_labelled_set_is_large_and_half_of_it_japanese(results: list[Judged]) -> None:
    values = [(r.example.language, v.kind) for r in results for v in r.example.values]
    sensitive = [language for language, kind in values if kind]
    innocent = [language for language, kind in values if not kind]
    assert len(sensitive) >= 300
    assert len(innocent) >= 300
    for each in (sensitive, innocent):
        assert 0.45 <= each.count("ja") / len(each) <= 0.55
    assert {kind for _, kind in values if kind} == set(Kind)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "ja", "all"])
def test_precision_and_recall_are_at_least_98_percent(
    results: list[Judged], part: str, language: str
) -> None:
    score = scored(r for r in results if r.example.part == part)[language, "all"]
    assert score.precision >= 0.98
    assert score.recall >= 0.98


def test_places_are_of_the_text_as_it_was_given() -> None:
    text = "番号は４１１１　１１１１　１１\u200b１１　１１１１です"
    (finding,) = find(text)
    assert finding.kind is Kind.CARD
    assert text[finding.start : finding.end] == "４１１１　１１１１　１１\u200b１１　１１１１"


def test_the_reason_never_repeats_the_value() -> None:
    for finding in find(f"card {CARD}, password=hunter2!, mail a.b@example.com"):
        assert not any(
            secret in finding.reason for secret in ("4111", "hunter2", "example.com", "a.b")
        )


def test_overlaps_become_one_finding_of_the_gravest_kind() -> None:
    text = "password: 'mail me at a@example.com or 090-1234-5678'"
    (finding,) = find(text)
    assert finding.kind is Kind.SECRET
    assert text[finding.start : finding.end] == "mail me at a@example.com or 090-1234-5678"


def test_a_label_from_elsewhere_counts_as_if_it_stood_before() -> None:
    assert find("4155552671") == []
    (finding,) = find("4155552671", "mobile phone")
    assert (finding.kind, finding.start, finding.end) == (Kind.PHONE, 0, 10)


def test_what_was_replaced_before_is_not_found_again() -> None:
    sealed = "a" * 40
    text = (
        f"password=[REDACTED:secret] token: [ENCRYPTED:token:{sealed}] [PSEUDONYM:email:{sealed}]"
    )
    assert find(text) == []


def test_a_marker_hides_nothing_that_stands_beside_it() -> None:
    (finding,) = find(f"[REDACTED:card] {CARD}")
    assert finding.start == 16


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_may_be_searched(text: str) -> None:
    ends = [0]
    for finding in find(text):
        assert ends[-1] <= finding.start < finding.end <= len(text)
        ends.append(finding.end)


FRAGMENTS = (
    "a",
    "1",
    "1 ",
    "1-",
    "1234 ",
    CARD + " ",
    "aa11 ",
    "DE89 3704 0044 0532 0130 0",
    "a.",
    "a@",
    "a@a.",
    "a@b.c",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nAAAA",
    "-----END PRIVATE KEY-----",
    "password=",
    "password:",
    "password ",
    "password is ",
    "a=",
    'password="',
    "<password>",
    "cookie: a=b",
    "://",
    "a://b:c",
    "eyJ",
    "eyJaaaaaaaaa.",
    "Bearer ",
    "eyJaaaaaaaa.eyJ",
    "+1 ",
    "+81-3-",
    "(",
    "(03)",
    "tel ",
    "card ",
    "order ",
    "マイナンバー",
    "パスワードは",
    "ー",
    "１ー",
    "1\u200b",
    "sk-",
    " -u a:",
    "A",
    "AB ",
    "[ENCRYPTED:",
    "\n",
    "0 0",
    "パスワード「",
    "123-45-",
    "phone 1 2 3 4 5 6 7 ",
    "hooks.slack.com/services/",
    " ",
)
"""What each expression begins with and does not end."""

SIZE = 60_000
CPU_SECONDS = 60


@pytest.mark.slow
def test_no_text_makes_a_search_grow_with_its_square() -> None:
    """A quadratic one would take hours here: the process may work for a minute, and needs seconds.

    A bound, not a measurement.
    """
    script = (
        "import sys\n"
        "from foundation.security.redaction.detecting import find\n"
        "from tests.foundation.security.redaction.test_detecting import FRAGMENTS, SIZE\n"
        "for fragment in FRAGMENTS:\n"
        "    find((fragment * (SIZE // len(fragment) + 1))[:SIZE])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
    )
    assert done.returncode == 0


@given(
    st.lists(st.sampled_from(("1", "4", "0", "-", " ", "a", "(", "+", "card ", "\n")), max_size=30)
)
def test_twice_the_text_has_twice_the_places_to_look_at(parts: list[str]) -> None:
    def looked_at(text: str) -> int:
        count = 0

        def test(_text: str, _start: int) -> Iterator[Match]:
            nonlocal count
            count += 1
            yield from ()

        list(find_numbers(text, [test]))
        return count

    text = "".join(parts)
    assert looked_at(text * 8) <= 2 * looked_at(text * 4) + 40
