from __future__ import annotations

import threading
from pathlib import Path

import pytest

from foundation.errors import InvalidInput, Unavailable
from foundation.security.pepper import FILE_NAME, load_pepper


def test_a_home_gets_a_pepper_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    pepper = load_pepper(tmp_path)
    assert len(pepper) == 64
    assert load_pepper(tmp_path) == pepper
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


def test_threads_that_are_first_at_once_agree(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_pepper(tmp_path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_pepper(tmp_path)
    (tmp_path / FILE_NAME).chmod(mode)
    with pytest.raises(InvalidInput, match="chmod 600"):
        load_pepper(tmp_path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    load_pepper(tmp_path)
    (tmp_path / FILE_NAME).rename(tmp_path / "elsewhere")
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        load_pepper(tmp_path)


@pytest.mark.parametrize("weak", ["", "changeme", "x" * 64])
def test_a_weak_one_is_refused_without_repeating_it(tmp_path: Path, weak: str) -> None:
    with pytest.raises(InvalidInput, match="ELDERS_KEY_PEPPER"):
        load_pepper(tmp_path, weak)
    path = tmp_path / FILE_NAME
    path.write_text(weak)
    path.chmod(0o600)
    with pytest.raises(InvalidInput, match=FILE_NAME):
        load_pepper(tmp_path)


def test_one_that_is_given_goes_before_the_homes(tmp_path: Path) -> None:
    assert load_pepper(tmp_path, "9f8e7d6c5b4a39281706f5e4d3c2b1a0") == (
        b"9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        load_pepper(tmp_path / "missing")
