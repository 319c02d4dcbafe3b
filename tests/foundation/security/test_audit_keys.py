from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from foundation.clock import Micros
from foundation.errors import InvalidInput, Unavailable
from foundation.security.audit_keys import Keyring
from foundation.security.audit_signing import (
    new_private_pem,
    public_pem,
    read_line,
    read_public_keys,
    read_signer,
)


def test_the_homes_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    assert keys.trusted() == frozenset()
    assert not (tmp_path / "audit.key").exists()
    signer = keys.signer()
    assert stat.S_IMODE((tmp_path / "audit.key").stat().st_mode) == 0o600
    assert Keyring(tmp_path).signer().public_key == signer.public_key
    assert Keyring(tmp_path).trusted() == {signer.public_key}
    assert [path.name for path in tmp_path.iterdir()] == ["audit.key"]


def test_of_several_that_make_the_key_at_once_all_get_the_same(tmp_path: Path) -> None:
    gate, found = threading.Barrier(8), []

    def make() -> None:
        gate.wait(10)
        found.append(Keyring(tmp_path).signer().public_key)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_may_be_given_as_text_or_as_a_file(tmp_path: Path) -> None:
    pem = new_private_pem().decode()
    (tmp_path / "elsewhere.pem").write_text(pem)
    expected = read_signer(pem.encode(), "here").public_key
    for given in (pem, pem.replace("\n", "\\n"), str(tmp_path / "elsewhere.pem")):
        keys = Keyring(tmp_path, given)
        assert keys.signer().public_key == expected
        assert keys.trusted() == {expected}
    assert not (tmp_path / "audit.key").exists()


def test_a_key_that_is_none_is_named_by_its_place_alone(tmp_path: Path) -> None:
    (tmp_path / "audit.key").write_text("hunter2")
    with pytest.raises(InvalidInput, match=r"audit\.key is no Ed25519 private key") as caught:
        Keyring(tmp_path).signer()
    assert "hunter2" not in str(caught.value)
    with pytest.raises(InvalidInput, match="ELDERS_AUDIT_KEY is no Ed25519 private key"):
        Keyring(tmp_path, "-----BEGIN PRIVATE KEY-----\nhunter2").signer()
    with pytest.raises(InvalidInput, match="names no file that holds a key"):
        Keyring(tmp_path, str(tmp_path / "missing")).signer()
    with pytest.raises(Unavailable, match="can't be made"):
        Keyring(tmp_path / "missing").signer()
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable, match="can't be read"):
        Keyring(tmp_path, str(tmp_path / "folder")).trusted()


def test_keys_of_others_are_trusted_until_their_file_is_removed(tmp_path: Path) -> None:
    own = Keyring(tmp_path).signer().public_key
    others = {read_signer(new_private_pem(), "here").public_key for _ in range(3)}
    first, *rest = others
    assert Keyring(tmp_path).trust([first, own]) == {first}
    assert Keyring(tmp_path).trust([first, *rest]) == set(rest)
    assert Keyring(tmp_path).trust(others) == frozenset()
    assert Keyring(tmp_path).trusted() == {own, *others}
    text = (tmp_path / "audit.trusted").read_text()
    assert read_public_keys(text, "file") == others
    (tmp_path / "audit.trusted").unlink()
    assert Keyring(tmp_path).trusted() == {own}


def test_what_is_no_public_key_is_refused() -> None:
    private = new_private_pem().decode()
    public = public_pem(read_signer(private.encode(), "here").public_key)
    for text in ("", "garbage", private, public.replace("MCow", "MCox"), public + public[30:]):
        with pytest.raises(InvalidInput, match="file is no Ed25519 public key"):
            read_public_keys(text, "file")


def test_a_signature_holds_for_what_was_signed_and_nothing_else() -> None:
    signer = read_signer(new_private_pem(), "here")
    signed = signer.sign("checkpoint", 7, "a" * 64, Micros(5))
    assert signed.holds("checkpoint")
    assert not signed.holds("head")
    assert read_line(signed.line()) == signed
    other = read_signer(new_private_pem(), "here")
    assert not other.sign("head", 7, "a" * 64, Micros(5)).holds("checkpoint")


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", "{}", '{"seq": 1}', '{"seq": "x"}', "[" * 100_000, '{"seq": 1e999}'],
)
def test_a_line_that_is_no_checkpoint_is_none(line: str) -> None:
    assert read_line(line) is None


def test_numbers_that_no_entry_has_make_no_checkpoint() -> None:
    signer = read_signer(new_private_pem(), "here")
    for seq in (0, -1, 1 << 63):
        assert read_line(signer.sign("checkpoint", seq, "a" * 64, Micros(5)).line()) is None
