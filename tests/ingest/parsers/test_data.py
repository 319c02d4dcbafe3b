from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Unparsable
from ingest.parsers.conversion import Task
from ingest.parsers.data import outline, parse_json
from ingest.parsers.tables import markdown_table
from tests.ingest.parsers import samples
from tests.ingest.parsers.conftest import Read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def test_json_reads_as_an_outline(read: Read) -> None:
    value = {
        "title": "設定",
        "limits": {"rows": 10, "share": 0.10, "on": True, "off": None},
        "hosts": [{"name": "web-1", "tags": ["a", "b"]}, "db"],
        "note": "first\nsecond",
    }
    found = read("conf.json", json.dumps(value).replace("0.1", "0.10").encode())
    assert found.text == (
        "title: 設定\nlimits:\n  rows: 10\n  share: 0.10\n  on: true\n  off:\n"
        "hosts:\n  - name: web-1\n    tags:\n      - a\n      - b\n  - db\n"
        "note: first\n  second"
    )
    assert found.title == "設定"


def test_comments_and_trailing_commas_are_no_mistakes(read: Read) -> None:
    data = b'{\n  // why\n  "url": "http://x//y", /* and\n how */\n  "n": [1, 2,],\n}'
    assert read("c.json", data).text == "url: http://x//y\nn:\n  - 1\n  - 2"


def test_numbers_keep_every_digit(read: Read) -> None:
    digits = "123456789012345678901234567890"
    assert (
        read("n.json", f"[{digits}, 1.10, 1e400]".encode()).text == f"- {digits}\n- 1.10\n- 1e400"
    )


@given(value=JSON)
@settings(deadline=None)  # a busy machine is no finding
def test_every_json_value_has_an_outline_that_holds_its_texts(value: object) -> None:
    parsed, _ = parse_json(json.dumps([value, "x"]).encode(), Task("JSON", "application/json"))
    lines = "\n".join(outline(parsed))
    for text in _texts(value):
        assert all(line.rstrip() in lines for line in text.split("\n"))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [] if "\0" in value or "\ud800" <= max(value, default="") <= "\udfff" else [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []


def test_deep_nesting_is_flattened_or_refused(read: Read) -> None:
    assert "[[[[" in read("deep.json", b"[" * 50 + b"1" + b"]" * 50).text
    with pytest.raises(Unparsable, match="nested too deeply"):
        read("deep.json", b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize("text", ['{"a": 1', "{'a': 1}", '{"a": 1}}', "nothing", '"open'])
def test_broken_json_is_refused_with_the_place(read: Read, text: str) -> None:
    with pytest.raises(
        Unparsable, match=r"^x\.json: it claims to be JSON but is no JSON \(line 1, col"
    ):
        read("x.json", text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_of_any_delimiter_and_encoding_are_read(
    read: Read, mark: str, encoding: str
) -> None:
    rows = [["名前", "説明"], ["サーバー1", f'"再起動{mark} すぐに"'], ["二行", '"一\n二|三"']]
    data = "\r\n".join(mark.join(row) for row in rows).encode(encoding)
    found = read("一覧.csv", data)
    shown = f"再起動{mark} すぐに".replace("\t", "")
    assert found.text == (
        f"| 名前 | 説明 |\n| --- | --- |\n| サーバー1 | {shown} |\n| 二行 | 一 二\\|三 |"
    )
    assert found.metadata["rows"] == 3


def test_what_is_no_table_is_kept_as_it_was_written(read: Read) -> None:
    for text in ("one column\nonly\n", 'x,"' + "y" * 200_000):
        assert read("a.csv", text.encode()).text == text


@given(rows=st.lists(st.lists(st.text(max_size=9), max_size=5), max_size=6))
@settings(deadline=None)  # a busy machine is no finding
def test_a_table_has_as_many_bars_in_every_line(rows: list[list[str]]) -> None:
    lines = markdown_table(rows).split("\n")
    bars = {line.replace("\\|", "").count("|") for line in lines}
    assert len(bars) == 1


def notebook(*cells: dict[str, object]) -> bytes:
    return json.dumps(
        {"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}}, "cells": cells}
    ).encode()


def test_notebooks_are_prose_code_and_short_outputs(read: Read) -> None:
    data = notebook(
        {"cell_type": "markdown", "source": ["# 分析\n", "Text *as it is*."]},
        {
            "cell_type": "code",
            "source": "print('```')",
            "outputs": [
                {"output_type": "stream", "text": [f"line {n}\n" for n in range(100)]},
                {
                    "output_type": "display_data",
                    "data": {"image/png": "AAAA", "text/plain": "<Fig>"},
                },
                {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": ["…"]},
            ],
        },
        {"cell_type": "code", "source": "", "outputs": []},
    )
    found = read("work.ipynb", data)
    lines = "\n".join(f"line {n}" for n in range(20))
    assert found.text == (
        f"# 分析\nText *as it is*.\n\n````python\nprint('```')\n````\n\n```\n{lines}\n…\n```\n\n"
        "```\n<Fig>\n```\n\n```\nKeyError: 'x'\n```"
    )
    assert found.title == "分析"
    assert found.metadata == {"cells": 3, "programming_language": "python"}


def test_old_notebooks_and_other_json_are_told_apart(read: Read) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old"},
        {"cell_type": "code", "input": "1"},
    ]
    old = {"nbformat": 3, "worksheets": [{"cells": cells}]}
    assert read("a.ipynb", json.dumps(old).encode()).text == "## Old\n\n```\n1\n```"
    with pytest.raises(
        Unparsable, match=r"^a\.ipynb: it claims to be a Jupyter notebook but has no"
    ):
        read("a.ipynb", b'{"a": 1}')
    with pytest.raises(Unparsable, match="holds no text"):
        read("a.ipynb", notebook())


def test_memory_is_limited_for_documents_that_grow_when_read(read: Read) -> None:
    from ingest.parsers.limits import Limits

    growing = b"[" + b"[],[]," * 2_000_000 + b"[]]"
    with pytest.raises(
        Unparsable, match=r"^a\.json: reading the JSON took more than 150 MiB of mem"
    ):
        read("a.json", growing, limits=Limits(memory_bytes=150 * 1024 * 1024))
    assert read("b.json", b"[1]").text == "- 1"


def test_a_binary_file_is_no_table(read: Read) -> None:
    with pytest.raises(Unparsable, match="claims to be CSV but its first bytes are a PDF document"):
        read("a.csv", samples.pdf(["x"]))
    with pytest.raises(Unparsable, match="claims to be CSV but holds binary data"):
        read("a.csv", bytes(range(1, 9)) * 100)
