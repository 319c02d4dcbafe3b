from __future__ import annotations

from pathlib import Path

import pytest

from foundation.clock import Micros
from foundation.errors import Unavailable
from foundation.security.forgotten import Forgotten


def test_each_reader_is_told_all_of_it_once_and_again_when_it_grows(tmp_path: Path) -> None:
    file = tmp_path / "forgotten"
    writer, reader = Forgotten(file), Forgotten(file)
    assert reader.news() == {}
    writer.add("key:a", Micros(1))
    writer.add("jwt:é\n{", Micros(2))
    assert reader.news() == {"key:a": 1, "jwt:é\n{": 2}
    assert reader.news() == {}
    Forgotten(file).add("key:a", Micros(3))
    assert reader.news() == {"key:a": 3, "jwt:é\n{": 2}
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_is_none(tmp_path: Path) -> None:
    file = tmp_path / "forgotten"
    Forgotten(file).add("key:a", Micros(1))
    with file.open("a") as written:
        written.write('\n{"principal": "key:b", "a')
    Forgotten(file).add("key:c", Micros(3))
    assert Forgotten(file).news() == {"key:a": 1, "key:c": 3}


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="forgotten can't be written"):
        Forgotten(tmp_path / "nowhere" / "forgotten").add("key:a", Micros(1))


def test_a_file_that_was_deleted_and_written_anew_is_read_again(tmp_path: Path) -> None:
    forgotten = Forgotten(tmp_path / "forgotten")
    forgotten.add("key:aa", Micros(1))
    assert forgotten.news() == {"key:aa": 1}
    (tmp_path / "forgotten").unlink()
    forgotten.add("key:bb", Micros(2))
    assert forgotten.news() == {"key:bb": 2}
