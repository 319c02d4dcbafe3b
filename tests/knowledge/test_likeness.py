from __future__ import annotations

import pytest

from foundation.errors import InvalidInput
from knowledge.likeness import Fingerprint, Likeness, LikenessKind, Thresholds, compare

NOTES = (
    "Release {0} mends the way in which the reader treats headings that follow a table, speeds up "
    "the first search after a restart, and asks for a Python of at least {1}. Whoever comes from "
    "an earlier release need not do anything: the index is built anew in the background, which "
    "takes about {2} minutes for a thousand documents, and searches are answered meanwhile."
)


def like(one: str, other: str) -> Likeness | None:
    there = compare(Fingerprint.of(one), Fingerprint.of(other))
    back = compare(Fingerprint.of(other), Fingerprint.of(one))
    assert there == back
    return there


def test_texts_that_differ_in_white_space_alone_are_exact_duplicates() -> None:
    assert like("One  two\n", "One two") == Likeness(LikenessKind.EXACT, 1.0, 1.0)
    assert like("", " ") == Likeness(LikenessKind.EXACT, 1.0, 1.0)


def test_texts_that_differ_in_case_and_punctuation_are_near_duplicates() -> None:
    text = NOTES.format("1.2", "3.11", "4")
    assert like(text, text.upper().replace(",", ";")) == Likeness(LikenessKind.NEAR, 1.0, 1.0)


def test_a_changed_word_lowers_the_similarity() -> None:
    text = NOTES.format("1.2", "3.11", "4")
    found = like(text, text.replace("headings", "captions"))
    assert found is not None
    assert found.kind is LikenessKind.NEAR
    assert 0.85 < found.similarity < 1


def test_a_part_is_contained_in_the_whole() -> None:
    text = NOTES.format("1.2", "3.11", "4")
    found = like(text, text + " But nothing is said here of what else there is to say." * 20)
    assert found is not None
    assert found.containment == 1
    assert found.similarity < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("1.2", "3.11", "4"), ("1.3", "3.11", "4")),
        (("1.9", "3.11", "4"), ("1.10.1", "3.12", "5")),
        (("2.0rc1", "3.11", "4"), ("2.0", "3.11", "4")),
        (("２", "3.11", "4"), ("3", "3.11", "4")),
    ],
)
def test_records_that_differ_in_numbers_alone_are_told_apart(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    found = like(NOTES.format(*one), NOTES.format(*other))
    assert found is not None
    assert found.kind is LikenessKind.VARIANT
    assert not Thresholds(merge=0.3, review=0.2).merges(found)


def test_japanese_records_that_differ_in_numbers_alone_are_told_apart() -> None:
    text = "第{}回の会議は予定どおり午前に始まり、前回の議事録を承認したのち、次の議題に移った。"
    found = like(text.format(3) * 2, text.format(4) * 2)
    assert found is not None
    assert found.kind is LikenessKind.VARIANT


NOTICE = (
    "This is meant to be a complete list of the wells of {0} in the state of {1}, with the depth "
    "of each, the year in which it was dug, and the name of the office that looks after it. "
    "Whoever finds a well that is not listed here is asked to write to the office of {0}."
)


def test_records_in_which_one_name_stands_for_another_are_told_apart() -> None:
    found = like(NOTICE.format("Grantham", "Ohio"), NOTICE.format("Kingsbury", "Iowa"))
    assert found is not None
    assert found.kind is LikenessKind.VARIANT


@pytest.mark.parametrize(("old", "new"), [("This is", "Below is"), (" in the state of Ohio", "")])
def test_a_changed_first_word_and_a_name_left_out_make_a_near_duplicate(old: str, new: str) -> None:
    text = NOTICE.format("Grantham", "Ohio")
    found = like(text, text.replace(old, new))
    assert found is not None
    assert found.kind is LikenessKind.NEAR


def test_numbers_and_words_that_differ_make_a_near_duplicate() -> None:
    one, other = NOTES.format("1.2", "3.11", "4"), NOTES.format("1.3", "3.11", "4")
    found = like(one, other.replace("headings", "captions"))
    assert found is not None
    assert found.kind is LikenessKind.NEAR


def test_a_text_that_is_too_short_has_none_but_exact_duplicates() -> None:
    assert like("Thank you, see you soon", "thank you see you soon") is None
    assert like("Thank you", NOTES) is None


def test_a_word_of_megabytes_is_compared_in_linear_time() -> None:
    assert like("a" * 2_000_000, "b" * 2_000_000) is None
    found = like(NOTES + "a" * 2_000_000, NOTES + "b" * 2_000_000)
    assert found is not None
    assert found.kind is LikenessKind.NEAR


@pytest.mark.parametrize(
    "values",
    [
        {"merge": 0.5, "review": 0.6},
        {"merge": 1.1},
        {"review": 0.0},
        {"containment": 0.0},
        {"containment": 1.5},
        {"merge": float("nan")},
    ],
)
def test_thresholds_out_of_order_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="0 < review <= merge <= 1"):
        Thresholds(**values)
