"""What must not be lost, hang or end in a traceback, whatever comes in at the command line."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fpdf import FPDF

from tests.api.doors import Elders, command
from tests.api.teaching import opened

GOOD = "A perfectly good text about the zanzibar archipelago.\n"


def docx(extra: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, data in {"word/document.xml": b"<document/>", **extra}.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def encrypted_pdf() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    pdf.cell(text="secret")
    pdf.set_encryption(owner_password="owner", user_password="user")
    return bytes(pdf.output())


CYCLIC_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>endobj
trailer<</Root 1 0 R>>
%%EOF"""
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "haha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(10))
    + b"]><l>&k;</l>"
)

HOSTILE: dict[str, bytes] = {
    "empty.md": b"",
    "blank.txt": b" \n\t\n",
    "binary.txt": bytes(range(256)) * 40,
    "magic.pdf": b"PK\x03\x04 this is no PDF",
    "magic.docx": b"%PDF-1.4 this is no DOCX",
    "encrypted.pdf": encrypted_pdf(),
    "truncated.pdf": encrypted_pdf()[:300],
    "cyclic.pdf": CYCLIC_PDF,
    "bomb.docx": docx({"word/media/zeros.xml": bytes(300_000_000)}),
    "climbing.docx": docx({"../../../climbed.txt": b"out"}),
    "laughs.docx": docx({"word/document.xml": BILLION_LAUGHS}),
    "notebook.ipynb": b"{" * 50_000,
    "torn.jsonl.gz": b"\x1f\x8b\x08\x00torn",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.md").write_text(GOOD)
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("filled")
    (place / "good.md").write_text(GOOD)
    with opened(place / "home") as base:
        base.ingest(place / "good.md")
    return place / "home"


def test_hostile_files_cost_only_themselves(folder: Path, elders: Elders) -> None:
    for name, data in HOSTILE.items():
        (folder / name).write_bytes(data)
    (folder / "loop").symlink_to(folder)
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "up").symlink_to(folder / "a")
    (folder / "out").symlink_to("/etc/hostname")
    (folder / "dangling").symlink_to(folder / "nowhere")
    (folder / "\u202egpj.txt").write_text("right to left mark: " + GOOD[::-1])
    (folder / ("n" * 250)).write_text("a long name, no extension, for a text that is plain")
    (folder / os.fsdecode(b"latin-\xe9.txt")).write_text("a name that is no UTF-8, in the old way")
    answer = elders("ingest", str(folder), "--json")
    assert answer.status == 1
    assert "Traceback" not in answer.err
    report = answer.json["targets"][0]
    failed = {failure["source_id"]: failure["reason"] for failure in report["failures"]}
    assert set(HOSTILE) <= set(failed)
    assert all(len(reason) > 10 for reason in failed.values())
    assert report["records"] == sum(
        report[name] for name in ("added", "updated", "unchanged", "merged", "deleted", "failed")
    )
    assert report["added"] == 4
    assert not (folder.parent / "climbed.txt").exists()
    found = elders("search", "zanzibar archipelago", "--json").json
    assert found["hits"][0]["citation"]["source_id"] == "good.md"
    assert elders("doctor").status == 0


def test_surrogates_and_nuls_in_texts_become_marks(folder: Path, elders: Elders) -> None:
    lines = [
        '{"_id": "half", "text": "before \\ud800 after"}',
        '{"_id": "nul", "text": "before \\u0000 after, and more"}',
        '{"_id": "ok", "text": "quite in order"}',
        "not json",
        '{"text": "no id"}',
    ]
    (folder / "lines.jsonl").write_text("\n".join(lines))
    report = elders("ingest", str(folder / "lines.jsonl"), "--json").json["targets"][0]
    assert (report["added"], report["failed"]) == (3, 2)
    shown = elders("documents", "show", "half", "--json").json
    assert shown["text"] == "before \ufffd after"


def test_a_missing_target_costs_only_itself(folder: Path, elders: Elders) -> None:
    names = [str(folder / "missing.md"), "x" * 5_000, "", "file:///etc/passwd", str(folder)]
    answer = elders("ingest", *names, "--json")
    assert answer.status == 1
    assert [t["failed"] for t in answer.json["targets"]] == [1, 1, 1, 1, 0]
    assert answer.json["targets"][-1]["added"] == 1


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads all")
def test_an_unreadable_file_costs_only_itself(folder: Path, home: Path) -> None:
    (folder / "secret.md").write_text("nobody may read this")
    (folder / "secret.md").chmod(0)
    for path in (folder.parent, *folder.parents):  # whoever it is must get here
        if path.stat().st_uid == os.geteuid():
            path.chmod(0o777 if path == folder.parent else path.stat().st_mode | 0o055)
    prefix = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    answer = command("ingest", str(folder), "--json", prefix=prefix)
    report = json.loads(answer.out)["targets"][0]
    assert (report["added"], report["failed"]) == (1, 1)
    assert "Permission denied" in report["failures"][0]["reason"]


def test_a_very_long_line_is_taken_or_refused_by_its_size(
    folder: Path, elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "line.txt").write_text("wordswithoutend" * 100_000)
    monkeypatch.setenv("ELDERS_MAX_DOCUMENT_BYTES", "1000000")
    report = elders("ingest", str(folder), "--json").json["targets"][0]
    assert (report["added"], report["failed"]) == (1, 1)
    assert "1,000,000" in report["failures"][0]["reason"]
    monkeypatch.setenv("ELDERS_MAX_DOCUMENT_BYTES", "2000000")
    again = elders("ingest", str(folder), "--json").json["targets"][0]
    assert (again["added"], again["unchanged"], again["failed"]) == (1, 1, 0)


WRONG_SEARCHES: list[list[str]] = [
    ["search", ""],
    ["search", "  \n "],
    ["search", "-k", "0", "x"],
    ["search", "-k", "-3", "x"],
    ["search", "-k", "1000000000", "x"],
    ["search", "x" * 100_000],
    ["search", "x", "--mode", "magic"],
    ["search", "x", "--filter", "{"],
    ["search", "x", "--filter", "[]"],
    ["search", "x", "--filter", "7"],
    ["search", "x", "--filter", '{"nosuchfield": 1}'],
    ["search", "x", "--filter", '{"year": {"$regex": "x"}}'],
    ["search", "x", "--filter", '{"$not":' * 10_000 + '{"year":1}' + "}" * 10_000],
    ["search", "x", "--as-of", "2999-01-01"],
    ["search", "x", "--as-of", "999999"],
    ["search", "x", "--as-of", "yesterday"],
    ["search", "x", "--as-of", "0000-00-00"],
    ["search", "x", "-c", "\udcff"],
]


@pytest.mark.parametrize("arguments", WRONG_SEARCHES, ids=lambda a: " ".join(a)[:40])
def test_wrong_searches_are_refused_in_one_line(
    arguments: list[str], filled: Path, home: Path, elders: Elders
) -> None:
    shutil.copytree(filled, home)
    answer = elders(*arguments)
    assert answer.status in (1, 2)
    assert answer.out == ""
    assert answer.err.startswith("elders: ")
    assert answer.err.count("\n") == 1
    assert len(answer.err) < 1_000
    assert "fault of this program" not in answer.err


def test_unknown_things_are_named(
    folder: Path, elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELDERS_AUTH", "false")  # so it may not listen beyond this machine
    elders("ingest", str(folder))
    for arguments, named in (
        (["search", "x", "-c", "nosuch"], "nosuch"),
        (["search", "x", "--filter", '{"yaer": 1}'], "yaer"),
        (["documents", "show", "nosuch.md"], "nosuch.md"),
        (["documents", "show", "good.md", "--version", "99"], "99"),
        (["documents", "show", "good.md", "--version", "99999999999999999999999"], ""),
        (["documents", "show", "good.md", "--as-of", "2001-01-01"], "moment"),
        (["documents", "diff", "good.md", "3", "4"], "3"),
        (["documents", "rollback", "good.md", "7"], "7"),
        (["documents", "restore", "good.md"], "not deleted"),
        (["documents", "purge", "good.md", "--reason", " "], "reason"),
        (["duplicates", "split", "nogroup", "good.md"], "nogroup"),
        (["duplicates", "merge", "good.md"], "two"),
        (["duplicates", "merge", "good.md", "good.md"], "different"),
        (["ingest", str(folder), "-c", "a/b"], "a/b"),
        (["export", "/nonexistent/folder/file"], "/nonexistent"),
        (["import", "/nonexistent/file"], "/nonexistent"),
        (["eval", "/nonexistent"], "/nonexistent"),
        (["eval", str(folder), "--set", "nonsense"], "nonsense"),
        (["serve", "--host", "0.0.0.0", "--port", "0"], "authentication"),
    ):
        answer = elders(*arguments)
        assert answer.status in (1, 2), arguments
        assert named in answer.err + answer.out, arguments
        assert "Traceback" not in answer.err, arguments
        assert "fault of this program" not in answer.err, arguments
    assert elders("documents", "show", "good.md").out == GOOD


def test_a_query_that_is_no_text_is_searched_as_well_as_can_be(
    folder: Path, elders: Elders
) -> None:
    elders("ingest", str(folder))
    answer = elders("search", os.fsdecode(b"\xff zanzibar \x1b[31m"), "--json")
    assert answer.json["hits"][0]["citation"]["source_id"] == "good.md"


def test_a_query_of_a_megabyte_is_refused(folder: Path, elders: Elders) -> None:
    elders("ingest", str(folder))
    answer = command("search", "-", data=b"word " * 200_000)
    assert answer.status == 2
    assert "characters" in answer.err


def test_nothing_that_controls_a_terminal_is_printed(folder: Path, elders: Elders) -> None:
    (folder / "evil.md").write_text("# \x1b[2J\x1b]0;owned\x07 title\n\nterminal \x1b[31m red\x9b")
    elders("ingest", str(folder))
    for arguments in (["search", "terminal"], ["documents", "list"]):
        assert not set(elders(*arguments).out) & set("\x1b\x07\x9b")


def test_a_home_that_can_not_be_is_named(tmp_path: Path, elders: Elders) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "truth.db").write_text("no database at all, " * 100)
    for home in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "damaged"):
        for words in (["init"], ["status"], ["search", "x"], ["ingest", str(tmp_path / "file")]):
            answer = elders(*words, "--home", str(home))
            assert answer.status in (1, 2)
            assert answer.err.startswith("elders: ")
            assert str(home) in answer.err
            assert "fault of this program" not in answer.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where this system lets one be mounted."""
    import subprocess

    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_ends_ingestion_and_keeps_what_was_accepted(
    small_disk: Path, tmp_path: Path, elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random
    import subprocess

    rng = random.Random(1)
    lines = [
        json.dumps(
            {"_id": f"d{i}", "text": " ".join(f"w{rng.randrange(9999)}" for _ in range(150))}
        )
        for i in range(700)
    ]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(lines))
    monkeypatch.setenv("ELDERS_BATCH_RECORDS", "100")
    home = ["--home", str(small_disk / "home")]
    answer = elders("ingest", str(corpus), "--json", *home)
    assert answer.status == 1
    assert "no space left" in answer.json["error"]
    assert "no space left" in answer.err
    assert "Traceback" not in answer.err
    kept = answer.json["targets"][0]["added"]
    assert 0 < kept < 700
    assert kept % 100 == 0
    assert elders("status", "--json", *home).json["counts"]["documents"] == kept
    subprocess.run(["mount", "-o", "remount,size=300m", small_disk], check=True)
    rest = elders("ingest", str(corpus), "--json", *home)
    assert rest.status == 0
    assert rest.json["targets"][0]["unchanged"] == kept
    assert elders("doctor", *home).status == 0
