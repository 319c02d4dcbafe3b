from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.clock import parse_moment
from ingest.sources.git import GitSource
from tests.ingest.sources.git_repository import Repository, create, final, told, tree


def test_a_merge_leads_to_the_tree_it_made(repository: Repository) -> None:
    repository.commit("base", "2024-01-01T00:00:00Z", a="0", b="0", c="0", gone="0")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", "2024-01-02T00:00:00Z", a="side", b="side", new="side", gone=None)
    repository.git("checkout", "-q", "main")
    repository.commit("main", "2024-01-03T00:00:00Z", a="main", b="main", c="main")
    # The merge takes a from one side, writes b anew, and leaves the rest as it falls.
    repository.git("merge", "-q", "-s", "ours", "--no-commit", "side")
    repository.git("checkout", "-q", "side", "--", "a", "new")
    repository.git("rm", "-q", "gone")
    repository.commit("merge", "2024-01-04T00:00:00Z", b="both")
    records = list(GitSource(repository.path).records())
    assert final(records) == tree(repository)
    merged = [record for record in records if record.message == "merge"]
    assert sorted(told(merged)) == [("a", "side"), ("b", "both")]


def test_the_main_line_alone_shows_what_stood_there(repository: Repository) -> None:
    repository.commit("base", "2024-01-01T00:00:00Z", a="0")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side 1", "2024-01-02T00:00:00Z", b="1")
    repository.commit("side 2", "2024-01-03T00:00:00Z", b="2")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side", at="2024-01-05T00:00:00Z")
    source = GitSource(repository.path, first_parent=True)
    records = list(source.records())
    assert told(records) == [("a", "0"), ("b", "2")]
    assert records[1].time == parse_moment("2024-01-05")
    assert source.count() == 2
    assert len(list(GitSource(repository.path).records())) == 3


actions = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from("abc"), st.integers(0, 3)),
        st.tuples(st.just("branch"), st.sampled_from(["main", "x", "y"]), st.just(0)),
        st.tuples(st.just("merge"), st.sampled_from(["main", "x", "y"]), st.integers(0, 1)),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=actions)
def test_whatever_the_history_its_last_state_is_the_tree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    repository = create(tmp_path_factory.mktemp("law"))
    repository.commit("begin", a="0")
    for branch in ("x", "y"):
        repository.git("branch", branch)
    for day, (kind, name, number) in enumerate(steps, start=1):
        at = f"2024-01-{day:02d}T00:00:00Z"
        if kind == "write":
            path = repository.path / name
            gone = number == 0 and path.exists()
            repository.commit("write", at, **{name: None if gone else str(number)})
        elif kind == "branch":
            repository.git("checkout", "-q", name)
        else:
            side = ["ours", "theirs"][number]
            done = subprocess.run(
                [
                    "git",
                    "-c",
                    "user.name=A",
                    "-c",
                    "user.email=a",
                    "merge",
                    "-q",
                    f"-X{side}",
                    name,
                ],
                cwd=repository.path,
                check=False,
                capture_output=True,
                env={**os.environ, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at},
            )
            if done.returncode:
                repository.commit("resolve", at)
    source = GitSource(repository.path)
    records = list(source.records())
    assert final(records) == tree(repository)
    assert source.count() == len(records)
    assert final(GitSource(repository.path, first_parent=True).records()) == tree(repository)
    for name in "abc":
        times = [record.time or 0 for record in records if record.source_id == name]
        assert times == sorted(times)
