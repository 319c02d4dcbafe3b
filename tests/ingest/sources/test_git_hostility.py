from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest

from foundation.errors import Forbidden, InvalidInput, Unavailable
from ingest.sources.git import GitSource
from ingest.sources.git_process import environment
from tests.ingest.sources.conftest import NOBODY
from tests.ingest.sources.git_repository import Repository, create


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = create(tmp_path / "repository")
    made.commit("one", a_md="1", b_md="b")
    made.commit("two", a_md="2")
    return made


def loose(repository: Repository, name: str) -> Path:
    found = repository.git("rev-parse", name).decode().strip()
    return repository.path / ".git" / "objects" / found[:2] / found[2:]


def test_nothing_that_a_repository_configures_is_run(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = repository.path.parent / "owned"
    script = repository.path.parent / "script"
    script.write_text(f"#!/bin/sh\ntouch {mark}\nexec cat\n")
    script.chmod(0o755)
    hooks = repository.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        (hooks / hook).symlink_to(script)
    # A commit that claims a signature, so that showing it would run the program that checks it.
    tree, parent = (
        repository.git("rev-parse", name).decode().strip() for name in ("HEAD^{tree}", "HEAD")
    )
    signed = (
        f"tree {tree}\nparent {parent}\nauthor A <a> 1 +0000\ncommitter A <a> 1704067300 +0000\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nsigned\n"
    )
    (repository.path.parent / "commit").write_text(signed)
    made = repository.git("hash-object", "-t", "commit", "-w", "../commit").decode().strip()
    repository.git("update-ref", "refs/heads/main", made)
    repository.put(".gitattributes", "* diff=evil filter=evil\n")
    repository.commit("three", a_md="3")
    for key, value in {
        "core.fsmonitor": script,
        "core.hooksPath": hooks,
        "core.pager": script,
        "core.editor": script,
        "core.sshCommand": script,
        "core.alternateRefsCommand": script,
        "core.askPass": script,
        "credential.helper": script,
        "pager.log": script,
        "gpg.program": script,
        "log.showSignature": "true",
        "diff.external": script,
        "diff.evil.command": script,
        "diff.evil.textconv": script,
        "filter.evil.smudge": script,
        "filter.evil.process": script,
        "filter.evil.required": "true",
        "interactive.diffFilter": script,
        "alias.log": f"!{script}",
        "alias.cat-file": f"!{script}",
        "trailer.x.command": script,
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "uploadpack.packObjectsHook": script,
    }.items():
        repository.git("config", key, str(value))
    for variable in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_ASKPASS", "PAGER"):
        monkeypatch.setenv(variable, str(script))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    mark.unlink(missing_ok=True)  # setting the trap may have sprung it

    source = GitSource(repository.path)
    records = list(source.records())
    assert source.count() == len(records) == 4
    assert not any(record.error for record in records)
    assert not mark.exists()

    # The trap is real: plain git steps into it.
    repository.git("log", "-2", "--show-signature")
    assert mark.exists()


def test_configuration_cannot_change_what_is_printed(repository: Repository) -> None:
    expected = list(GitSource(repository.path).records())
    for key, value in {
        "diff.renames": "copies",
        "diff.noprefix": "true",
        "diff.orderFile": "/nowhere/order",
        "log.follow": "true",
        "log.decorate": "full",
        "log.date": "relative",
        "log.diffMerges": "off",
        "log.showRoot": "false",
        "log.abbrevCommit": "true",
        "core.abbrev": "5",
        "core.quotePath": "false",
        "color.ui": "always",
        "format.pretty": "fuller",
        "format.notes": "*",
        "i18n.logOutputEncoding": "UTF-16",
        "core.commitGraph": "true",
    }.items():
        repository.git("config", key, value)
    assert list(GitSource(repository.path).records()) == expected


def test_replaced_objects_and_grafts_do_not_rewrite_history(repository: Repository) -> None:
    expected = list(GitSource(repository.path).records())
    repository.git("replace", "HEAD:a.md", "HEAD~1:a.md")
    repository.git("replace", "--graft", "HEAD")
    assert list(GitSource(repository.path).records()) == expected


def test_a_partial_clone_fetches_nothing_and_says_what_it_lacks(repository: Repository) -> None:
    mark = repository.path.parent / "fetched"
    clone = Repository(repository.path.parent / "clone")
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.git(
        *("clone", "-q", "--bare", "--filter=blob:none"), repository.path.as_uri(), str(clone.path)
    )
    script = repository.path.parent / "upload-pack"
    script.write_text(f'#!/bin/sh\ntouch {mark}\nexec git-upload-pack "$@"\n')
    script.chmod(0o755)
    clone.git("config", "remote.origin.uploadpack", str(script))
    records = list(GitSource(clone.path).records())
    assert [record.source_id for record in records] == ["a.md", "b.md", "a.md"]
    assert all("git fsck" in record.error for record in records)
    assert not mark.exists()
    # Plain git would have fetched it.
    blob = repository.git("rev-parse", "HEAD:a.md").decode().strip()
    assert clone.git("cat-file", "blob", blob) == b"2"
    assert mark.exists()


def test_a_damaged_or_missing_blob_is_told_and_the_rest_goes_on(repository: Repository) -> None:
    loose(repository, "HEAD~1:a.md").unlink()
    damaged = loose(repository, "HEAD:b.md")
    damaged.chmod(0o644)
    damaged.write_bytes(b"not zlib at all")
    records = list(GitSource(repository.path).records())
    assert [bool(record.error) for record in records] == [True, True, False]
    assert records[2].data == b"2"


def test_a_blob_that_lies_about_its_size_is_told(repository: Repository) -> None:
    path = loose(repository, "HEAD:a.md")
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 100\0" + b"2"))
    # git announces 100 bytes, sends fewer and waits: so would a reader without a limit.
    records = list(GitSource(repository.path, patience_seconds=0.5).records())
    assert [bool(record.error) for record in records] == [False, False, True]
    assert "git fsck" in records[2].error


def test_a_blob_that_is_a_bomb_is_not_unpacked(repository: Repository) -> None:
    repository.commit("bomb", bomb=b"\0" * 30_000_000)
    records = {r.source_id: r for r in GitSource(repository.path, max_bytes=1000).records()}
    assert "1,000 bytes" in records["bomb"].error


def test_a_history_that_breaks_off_is_told(repository: Repository) -> None:
    loose(repository, "HEAD~1^{tree}").unlink()
    source = GitSource(repository.path)
    records = list(source.records())
    assert "the history breaks off" in records[-1].error
    assert "git fsck" in records[-1].error
    assert records[-1].source_id == "repository"
    assert source.count() is None


def test_a_message_without_end_is_cut(repository: Repository) -> None:
    (repository.path.parent / "message").write_text("long\n" * 200_000)
    repository.put("c.md", "x")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-F", "../message")
    *_, record = GitSource(repository.path).records()
    assert record.data == b"x"
    assert 60_000 < len(record.message) <= 65_536


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    with pytest.raises(InvalidInput, match="is no git repository"):
        GitSource(tmp_path)
    with pytest.raises(InvalidInput):
        GitSource(tmp_path / "a.md")
    with pytest.raises(InvalidInput):
        GitSource(tmp_path / "gone")


def test_a_missing_git_is_told(repository: Repository) -> None:
    with pytest.raises(Unavailable, match="install git"):
        GitSource(repository.path, program="no-such-git")


def test_a_git_that_cannot_be_run_is_told(repository: Repository) -> None:
    broken = repository.path.parent / "git"
    broken.write_bytes(gzip.compress(b"no program"))
    broken.chmod(0o755)
    with pytest.raises(Unavailable, match="could not be run"):
        GitSource(repository.path, program=str(broken))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a repository away")
def test_a_repository_of_another_user_is_read_only_on_request(repository: Repository) -> None:
    os.chown(repository.path, NOBODY, NOBODY)
    os.chown(repository.path / ".git", NOBODY, NOBODY)
    with pytest.raises(Forbidden, match="foreign_owner"):
        GitSource(repository.path)
    assert len(list(GitSource(repository.path, foreign_owner=True).records())) == 3


def test_nothing_of_the_callers_environment_but_the_path_is_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_TRACE2_EVENT", "/tmp/trace")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert not {"HOME", "GIT_TRACE2_EVENT", "GIT_DIR"} & environment().keys()
    assert environment()["PATH"] == os.environ["PATH"]
