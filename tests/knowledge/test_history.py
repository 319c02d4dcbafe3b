"""Change summaries and diffs: counted by the shortest diff, whatever the texts."""

from __future__ import annotations

import difflib
import random
import time

from hypothesis import given
from hypothesis import strategies as st

from knowledge.history import count_lines, first_summary, sections, summarise, unified_diff

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


def shortest(old: list[str], new: list[str]) -> int:
    """Answer the length of the longest common subsequence, by the textbook's table."""
    row = [0] * (len(new) + 1)
    for one in old:
        above, row = row, [0]
        for index, other in enumerate(new):
            row.append(above[index] + 1 if one == other else max(row[index], above[index + 1]))
    return row[-1]


@given(old=LINES, new=LINES)
def test_lines_are_counted_as_the_shortest_diff_has_them(old: list[str], new: list[str]) -> None:
    added, removed = count_lines("".join(f"{x}\n" for x in old), "".join(f"{x}\n" for x in new))
    kept = shortest(old, new)
    assert (added, removed) == (len(new) - kept, len(old) - kept)


def test_a_last_line_without_its_end_is_a_line_like_any_other() -> None:
    assert count_lines("a\nb", "a\nb\n") == (0, 0)
    assert count_lines("a", "a\nb") == (1, 0)
    assert count_lines("", "a\nb\n") == (2, 0)


def test_lines_that_repeat_each_other_are_counted_in_a_moment() -> None:
    rng = random.Random(4)
    old, new = ("\n".join(rng.choices("ab", k=9_000)) for _ in range(2))
    started = time.process_time()
    added, removed = count_lines(old, new)
    assert time.process_time() - started < 2
    assert added == removed
    assert 1_000 < added < 4_500


def test_of_huge_texts_moved_lines_count_as_kept() -> None:
    old = [str(n) for n in range(40_000)]
    new = [*old[1:], "x"]
    new[0], new[-2] = new[-2], new[0]
    assert count_lines("\n".join(old), "\n".join(new)) == (1, 1)


def test_a_summary_names_the_sections_that_came_went_and_changed() -> None:
    before = {"": "intro", "Top › Old": "x", "Top › Same": "s", "Top › Other": "o"}
    after = {"": "intro", "Top › New": "y", "Top › Same": "s", "Top › Other": "p"}
    found = summarise("1\n2\n3", "1\n4", before, after)
    assert found.summary == "1 line added, 2 removed; new: New; gone: Old; changed: Other"
    assert found.sections_added == ["Top › New"]
    assert found.sections_removed == ["Top › Old"]
    assert found.sections_changed == ["Top › Other"]
    assert found.as_json()["lines_removed"] == 2


def test_many_sections_are_counted_rather_than_named() -> None:
    found = summarise("", "x", {}, {f"s{n}": "t" for n in range(9)})
    assert found.summary == "1 line added, 0 removed; new: s0, s1, s2, s3, s4, s5 and 3 more"


def test_a_first_version_tells_its_size_and_sections() -> None:
    text = "# A\none\n# B\ntwo\n"
    spans = [(0, 7, ("A",)), (8, 15, ("B",)), (12, 15, ("B",))]
    parts = sections(text, spans)
    assert parts == {"A": "# A\none", "B": "# B\ntwo\ntwo"}
    assert first_summary(text, parts).summary == "first version, 4 lines"


@given(old=LINES, new=LINES, ends=st.booleans())
def test_a_diff_can_be_undone_and_redone(old: list[str], new: list[str], *, ends: bool) -> None:
    one, two = ("\n".join(lines) + ("\n" if ends else "") for lines in (old, new))
    diff = unified_diff(one, two, old_name="a", new_name="b", context=99)
    if one == two:
        assert diff == ""
        return
    body = [line for line in diff.splitlines()[3:] if not line.startswith("\\")]
    rebuilt = [line[1:] for line in body if line[0] in " +"]
    assert rebuilt == two.removesuffix("\n").split("\n") if two else rebuilt == []
    assert [line[1:] for line in body if line[0] in " -"] == (
        one.removesuffix("\n").split("\n") if one else []
    )
    assert difflib.unified_diff is not None
