from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.retrieval.indexes.small import NOW, found, index_of, index_of_texts, titled


def test_words_are_found_by_their_stems_whatever_their_case_and_accents(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "Running RETRIEVERS in a café", "walking dogs")
    for query in ("run", "retriever", "cafe", "CAFÉ", "ran runs retrieve"):
        assert found(index, query) == [1]
    index.close()


def test_japanese_is_found_without_a_dictionary(tmp_path: Path) -> None:
    index = index_of_texts(
        tmp_path, "梅雨は北海道を除く日本でみられる。", "火山の噴火予知は難しい。", "雨"
    )
    assert found(index, "北海道に梅雨はあるか")[0] == 1
    assert found(index, "噴火") == [2]
    assert found(index, "雨")[0] == 3
    assert found(index, "の") == [2]
    index.close()


def test_half_width_and_full_width_letters_are_the_same(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "ﾃﾞｰﾀﾍﾞｰｽ の Ｖｅｒｓｉｏｎ", "other")
    assert found(index, "データベース") == [1]
    assert found(index, "version") == [1]
    index.close()


@pytest.mark.parametrize(
    "query",
    ["createApp", "create app", "http_client.py", "http_client", "http client", "HTTPServer"],
)
def test_identifiers_are_found_whole_and_by_their_parts(tmp_path: Path, query: str) -> None:
    index = index_of_texts(
        tmp_path, "Call createApp() from http_client.py with HTTPServer.", "nothing of that kind"
    )
    assert found(index, query) == [1]
    index.close()


def test_a_whole_identifier_ranks_above_its_parts(tmp_path: Path) -> None:
    index = index_of_texts(
        tmp_path,
        "to create an app you create the app app app create",
        "the function createApp makes an application",
        "client http py http client",
        "see http_client.py for the function",
    )
    assert found(index, "createApp")[0] == 2
    assert found(index, "http_client.py")[0] == 4
    index.close()


def test_a_title_counts_more_than_the_text_and_headings_count(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        [
            titled(1, "volcano and some more words about other things"),
            titled(2, "mountain and some more words about other things", title="Volcano"),
            titled(3, "mountain and some more words of things", heading=("Lava", "Ash")),
        ],
    )
    assert found(index, "volcano") == [2, 1]
    assert found(index, "lava") == [3]
    index.close()


def test_neighbouring_words_rank_above_scattered_ones(tmp_path: Path) -> None:
    index = index_of_texts(
        tmp_path, "red car and the blue house stand", "red house and the blue car stand", "empty"
    )
    assert found(index, "a blue house") == [1, 2]
    assert found(index, "a blue car") == [2, 1]
    index.close()


def test_stop_words_are_asked_for_only_when_there_is_nothing_else(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "who is it", "the river", "a mountain of the who")
    assert found(index, "what is the river of it") == [2]
    assert set(found(index, "the who")) == {1, 2, 3}
    index.close()


@pytest.mark.parametrize(
    "query",
    ["", "  \n", "?!…", "title:(", '"unclosed', "\0", "\udc80", "zebra", "+-&&||!(){}[]^~*:\\/"],
)
def test_what_has_no_known_term_finds_nothing(tmp_path: Path, query: str) -> None:
    index = index_of_texts(tmp_path, "some text", "more text")
    assert len(index.search(query, 10, NOW)) == 0
    index.close()


def test_query_syntax_is_plain_text(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, "apple", "banana", "chunk 2 words")
    assert set(found(index, "apple AND NOT words:banana")) == {1, 2, 3}
    assert set(found(index, "words:[a TO b] -apple")) == {1, 3}
    index.close()


def test_a_query_of_a_megabyte_is_answered_at_once(tmp_path: Path) -> None:
    index = index_of_texts(tmp_path, *[f"word{n} common thing" for n in range(300)])
    queries = [
        "needle " + "common " * 150_000,
        " ".join(f"word{n}" for n in range(110_000)),
        "雨" * 350_000,
        "x" * 1_000_000,
    ]
    for query in queries:
        start = time.process_time()
        index.search(query, 10, NOW)
        assert time.process_time() - start < 1.0
    assert len(found(index, queries[1], k=500)) >= 100
    index.close()
