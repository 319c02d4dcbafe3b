from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from ingest.sources.folders import FolderSource
from ingest.sources.ignoring import inclusion, is_ignored, parse_ignore_file

PATHS = [
    "a.md",
    "b.log",
    "a",
    "x/a.md",
    "x/b.log",
    "x/y/a.md",
    "y/x/b.log",
    "x/y/x/a-x",
    "y/]",
    "y/a y",
]
rules = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "!"]),
        st.sampled_from(["", "/", "**/"]),
        st.one_of(
            st.sampled_from(["*.md", "x/", "x", "y", "x/y", "x/**", "x/**/", "*", "*/", "**"]),
            st.text(alphabet="axy.*?[]!-^/\\ ", min_size=1, max_size=6),
        ),
    ),
    max_size=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(outer=rules, inner=rules)
def test_ignore_files_mean_what_they_mean_to_git(
    tmp_path_factory: pytest.TempPathFactory, outer: list[str], inner: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in PATHS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / ".gitignore").write_text("\n".join(outer))
    (root / "x" / ".gitignore").write_text("\n".join(inner))
    subprocess.run(["git", "init", "-q", root], check=True)
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout.decode()
    expected = sorted(name for name in listed.split("\0") if name and ".gitignore" not in name)
    found = [record.source_id for record in FolderSource(root).records() if not record.error]
    assert sorted(found) == expected


def test_a_hostile_rule_cannot_hold_the_walk_up() -> None:
    lines = ["*a" * stars + "*b" for stars in range(1, 40)] + ["**/a/" * 40 + "b"]
    started = time.process_time()
    rule = parse_ignore_file("\n".join(lines))
    assert not is_ignored([rule], "a" * 255, folder=False)
    assert not is_ignored([rule], "a/" * 2000 + "a", folder=False)
    assert is_ignored([rule], "a" * 255 + "b", folder=False)
    assert time.process_time() - started < 2
    assert rule.problem == ""


def test_no_rule_speaks_of_names_that_are_no_text() -> None:
    rule = parse_ignore_file("*.log\n")
    assert is_ignored([rule], "caf\udce9.log", folder=False)
    assert not is_ignored([rule], "caf\udce9.md", folder=False)


def test_no_pattern_includes_everything() -> None:
    assert inclusion(())("anything/at all")


def test_one_pattern_may_be_given_as_plain_text() -> None:
    included = inclusion("*.md")
    assert included("a/b.md")
    assert not included("a/b.txt")


@pytest.mark.parametrize("pattern", ["!", "a\\"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="include pattern"):
        inclusion([pattern])


def test_an_ignore_file_below_speaks_of_paths_below() -> None:
    rule = parse_ignore_file("/a.md\n", depth=1)
    assert is_ignored([rule], "docs/a.md", folder=False)
    assert not is_ignored([rule], "docs/b/a.md", folder=False)


def test_the_root_is_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    assert [record.source_id for record in FolderSource(tmp_path).records()] == ["a.md"]
