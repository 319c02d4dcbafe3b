from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.patterns.log_masks import mask, text_of, words_of
from knowledge.patterns.log_templates import Matcher, learn, parse


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("took 12.5 ms, sent 3 KB", "took <*>, sent <*>"),
        ("from 10.0.0.7:8080 to /10.0.0.8", "from <*> to <*>"),
        ("host db1.example.org:5432 and fe80:0:0:1", "host <*> and <*>"),
        ("job 0b5c3bd4-7d1c-4c55-9a39-0123456789ab", "job <*>"),
        ("block blk_-38865049064139660 at 0xdeadBEEF", "block blk_<*> at <*>"),
        ("mail to ann@example.org sent", "mail to <*> sent"),
        ("read /var/lib/pump/state.db and C:\\pump\\log.txt", "read <*> and <*>"),
        ("see https://example.org/a?b=1 now", "see <*> now"),
        ("at Mon May  6 10:00:00 2024 stopped", "at <*> stopped"),
        ("session for user ann opened", "session for user <*> opened"),
        ('ready=true, name="pump one"', "ready=<*>, name=<*>"),
        ("opened 'pump one' again", "opened <*> again"),
        ("「夜間集計」を3件処理", "<*>を<*>処理"),
        ("it's the pump's fault", "it's the pump's fault"),
        ("read/write error of ext3, v2", "read/write error of ext3, v2"),
    ],
)
def test_values_are_hidden_and_words_are_kept(message: str, masked: str) -> None:
    assert mask(message) == masked


def test_a_list_counts_as_one_value() -> None:
    assert (
        words_of("blocks 1, 2, 3 4 gone")
        == words_of("blocks 9 gone")
        == (
            "blocks",
            "<*>",
            "gone",
        )
    )


def test_japanese_words_are_found_and_put_together_again() -> None:
    words = words_of("ジョブ夜間集計が完了 code=7")
    assert words == ("ジョブ", "夜間集計", "が", "完了", "code=<*>")
    assert text_of(words) == "ジョブ夜間集計が完了code=<*>"


def test_names_of_which_there_are_many_are_values() -> None:
    names = [f"{first}{second}" for first in ("al", "be", "ca") for second in ("a", "bo", "da")]
    assert len(set(parse([f"pump {name} was started by the plant" for name in names]))) == 1


def test_a_few_plain_words_at_one_place_are_a_choice() -> None:
    states = ("started", "paused", "resumed")
    messages = [f"pump {at} was {state} by hand" for state in states for at in range(5)]
    assert parse(messages) == [0] * 5 + [1] * 5 + [2] * 5


def test_what_stands_before_a_value_is_kept() -> None:
    names = ("ann7", "bob2", "cy1x")
    messages = [words_of(f"login of owner={name} was refused") for name in names]
    assert set(learn(messages).values()) == {
        ("login", "of", "owner=<*>", "was", "refused"),
    }


def test_japanese_messages_share_a_template() -> None:
    jobs = ("夜間集計", "帳票出力", "在庫照合", "請求締処理", "給与計算", "顧客同期", "索引更新")
    more = ("売上集計", "予算照合", "監査記録")
    assert (
        len(set(parse([f"ジョブ{job}が{at}件で完了" for at, job in enumerate(jobs + more)]))) == 1
    )


MESSAGES = st.lists(
    st.lists(
        st.sampled_from(
            ["pump", "valve", "opens", "7", "10.0.0.1", "user", "ann", "x=1", "弁", ""]
        ),
        max_size=6,
    ).map(" ".join),
    max_size=20,
)


@given(MESSAGES, st.integers(0, 1000))
def test_the_order_of_lines_does_not_matter(messages: list[str], seed: int) -> None:
    shuffled = random.Random(seed).sample(messages, len(messages))
    assert learn(map(words_of, messages)) == learn(map(words_of, shuffled))


@given(MESSAGES)
def test_every_message_fits_its_own_template(messages: list[str]) -> None:
    templates = learn(map(words_of, messages))
    matcher = Matcher(templates.values())
    assert all(template in matcher.matches(words) for words, template in templates.items())


@given(MESSAGES)
def test_equal_messages_have_equal_numbers(messages: list[str]) -> None:
    numbers = parse([*messages, *messages])
    assert numbers[: len(messages)] == numbers[len(messages) :]
