"""What was learned from judgements, in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.questions import Intent
from retrieval.enhancement.intent import learned_weights
from retrieval.enhancement.kept import KeptWeights, key_of
from retrieval.enhancement.training import Example, Weights, read_weights

SAID = [Example(f"blue whale protocol {number}", Intent.TROUBLESHOOTING) for number in range(4)]
KEY = key_of(SAID)


@pytest.fixture(scope="module")
def learned() -> Weights:
    return learned_weights(SAID)


@pytest.fixture
def path(tmp_path: Path, learned: Weights) -> Path:
    found = tmp_path / "followers" / "intents.npz"
    KeptWeights(found, writable=True).write(KEY, learned)
    return found


def same(one: Weights | None, other: Weights) -> bool:
    return (
        one is not None
        and one.vocabulary == other.vocabulary
        and one.scale == other.scale
        and np.array_equal(one.matrix, other.matrix)
    )


def test_what_was_written_is_read(path: Path, learned: Weights) -> None:
    assert same(KeptWeights(path, writable=False).read(KEY), learned)


@pytest.mark.parametrize(
    "others",
    [
        [],
        SAID[:3],
        SAID[::-1],
        [*SAID[:3], Example(SAID[3].text, Intent.FACTUAL)],
        [*SAID, Example("one more", Intent.FACTUAL)],
    ],
)
def test_what_was_learned_from_other_judgements_is_not(
    path: Path, others: Sequence[Example]
) -> None:
    assert KeptWeights(path, writable=False).read(key_of(others)) is None


def test_a_file_that_is_absent_or_of_something_else_is_ignored(path: Path) -> None:
    kept = KeptWeights(path, writable=True)
    path.unlink()
    assert kept.read(KEY) is None
    path.mkdir()
    assert kept.read(KEY) is None
    kept.write(KEY, read_weights())  # the disk refuses: nothing is kept, nothing raised
    path.rmdir()
    for foreign in (b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY", b"{}"):
        path.write_bytes(foreign)
        assert kept.read(KEY) is None
    np.savez(path, key=np.array(KEY), names=np.frombuffer(b"a\nb", np.uint8), scale=1.0,
             matrix=np.zeros((3, len(Intent)), np.float16))  # fmt: skip
    assert kept.read(KEY) is None


def test_a_damaged_file_is_ignored(path: Path, learned: Weights) -> None:
    kept, whole = KeptWeights(path, writable=True), path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 97)):
        for harm in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            path.write_bytes(harm)
            found = kept.read(KEY)
            assert found is None or same(found, learned)
    kept.write(KEY, learned)
    assert same(kept.read(KEY), learned)
    assert list(path.parent.iterdir()) == [path]


def test_who_only_reads_writes_nothing(tmp_path: Path, learned: Weights) -> None:
    KeptWeights(tmp_path / "followers" / "intents.npz", writable=False).write(KEY, learned)
    assert list(tmp_path.iterdir()) == []
