"""Jobs by every door: accepted at once, taken in by and by, and nobody else's business."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import KnowledgeBase
from api.app import create_app
from api.backup import export_truth
from api.jobs import FOLDER, Jobs
from api.restoring import import_truth
from foundation.clock import system_clock
from foundation.database.engine import open_database
from foundation.errors import Conflict, InvalidInput, NotFound, QuotaExceeded
from foundation.security.policy import Access, access
from ingest.jobs.model import Asked, Job, JobState, Limits
from ingest.model import Record
from tests.api.doors import Elders, Served, notes
from tests.api.security.guarded import Gate

BROKEN = Record("broken.pdf", data=b"%PDF-broken", name="broken.pdf")


@pytest.fixture
def quiet(home: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base in which nothing happens by itself."""
    with KnowledgeBase.open(home, background=False) as base:
        yield base


def counted(job: Job) -> dict[str, int]:
    return {name: count for name, count in job.counts.items() if count}


def test_a_job_is_on_the_disk_when_it_is_accepted_and_gone_from_it_when_it_is_done(
    quiet: KnowledgeBase, home: Path
) -> None:
    job = quiet.jobs.submit(notes(3), collection="notes")
    assert (job.state, job.total, job.done) == (JobState.QUEUED, 3, 0)
    assert (home / FOLDER / f"{job.id}.job").stat().st_size == job.bytes
    done = quiet.jobs.wait(job.id)
    assert (done.state, counted(done), done.bytes) == (JobState.DONE, {"added": 3}, 0)
    assert list((home / FOLDER).iterdir()) == []
    assert len(quiet.documents.list(collection="notes")) == 3
    assert len(quiet.search("weather1word3", mode="lexical")) == 1


def test_outcomes_are_counted_and_what_failed_can_be_tried_again(quiet: KnowledgeBase) -> None:
    quiet.ingest(notes(2))
    twin = Record("twin.md", text=notes(1)[0].text)
    job = quiet.jobs.wait(quiet.jobs.submit([*notes(3), twin, BROKEN]).id)
    assert counted(job) == {"added": 1, "unchanged": 2, "merged": 1, "failed": 1}
    (failure,) = quiet.jobs.errors(job.id)
    assert (failure.position, failure.source_id, failure.attempts) == (4, "broken.pdf", 1)
    again = quiet.jobs.retry(job.id)
    assert (again.state, again.done) == (JobState.QUEUED, 4)
    assert counted(quiet.jobs.wait(job.id)) == counted(job)
    assert quiet.jobs.errors(job.id)[0].attempts == 2


def test_what_is_done_can_be_neither_tried_again_nor_cancelled(quiet: KnowledgeBase) -> None:
    job = quiet.jobs.wait(quiet.jobs.submit(notes(1)).id)
    with pytest.raises(Conflict, match="nothing failed"):
        quiet.jobs.retry(job.id)
    with pytest.raises(Conflict, match="done"):
        quiet.jobs.cancel(job.id)


def test_a_cancelled_job_goes_on_where_it_was_when_it_is_tried_again(quiet: KnowledgeBase) -> None:
    job = quiet.jobs.submit(notes(350))
    seen: list[int] = []
    real: Any = quiet.ingest

    def ingest(records: Any, **more: Any) -> Any:
        report = real(records, **more)
        seen.append(report.records)
        if len(seen) == 1:
            assert quiet.jobs.cancel(job.id).cancelling
        return report

    between: Any = quiet
    between.ingest = ingest  # somebody cancels between two slices
    stopped = quiet.jobs.wait(job.id)
    assert (stopped.state, stopped.done) == (JobState.CANCELLED, 300)
    quiet.jobs.retry(job.id)
    assert counted(quiet.jobs.wait(job.id)) == {"added": 350}
    assert seen == [300, 50]


def test_a_job_that_is_cancelled_after_a_restart_leaves_nothing_that_was_taken_in(
    home: Path,
) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        job = base.jobs.submit(notes(350))
        real: Any = base.ingest

        def ingest(records: Any, **more: Any) -> Any:
            real(records, **more)
            raise KeyboardInterrupt

        between: Any = base
        between.ingest = ingest  # the process ends between two slices
        with pytest.raises(KeyboardInterrupt):
            base.jobs.wait(job.id)
    with KnowledgeBase.open(home, background=False) as base:
        base.jobs._worker.recover()
        asked = base.jobs.cancel(job.id)
        assert (asked.state, asked.cancelling, asked.done) == (JobState.QUEUED, True, 300)
        assert base.jobs.wait(job.id).state is JobState.CANCELLED
        base.documents.purge(base.documents.list()[0].id, reason="told by mistake")
        kept = (home / FOLDER / f"{job.id}.job").read_bytes()
        assert b"weather1word3" not in kept
        assert b"weather349word3" in kept
        base.jobs.retry(job.id)
        assert counted(base.jobs.wait(job.id)) == {"added": 350}


def test_a_queued_job_is_cancelled_at_once(quiet: KnowledgeBase) -> None:
    job = quiet.jobs.submit(notes(2))
    assert quiet.jobs.cancel(job.id).state is JobState.CANCELLED
    assert quiet.jobs.wait(job.id).done == 0
    assert quiet.documents.list() == []


def test_who_waits_no_longer_than_so_long_leaves_the_job_in_the_queue(
    quiet: KnowledgeBase,
) -> None:
    ticks = count()
    jobs = Jobs(quiet, monotonic=lambda: float(next(ticks)))  # it is a second later at each look
    job = jobs.submit(notes(50))
    seen: list[Job] = []
    left = jobs.wait(job.id, timeout_seconds=30, on_progress=seen.append)
    assert next(ticks) < 40
    assert (left.state, left.cancelling) == (JobState.QUEUED, False)
    assert 0 < left.done < 50
    assert JobState.RUNNING in {each.state for each in seen}
    assert len({each.done for each in seen}) > 2
    assert counted(quiet.jobs.wait(job.id)) == {"added": 50}


def test_rights_are_those_of_who_asked(quiet: KnowledgeBase) -> None:
    asked = Asked("key:a", access(["mine"], []), "key:a")
    with pytest.raises(NotFound):
        quiet.jobs.submit(notes(1), collection="other", asked=asked)
    secret = Record("secret.md", text="a text of the board", metadata={"access": ["board"]})
    job = quiet.jobs.submit([*notes(1), secret], collection="mine", asked=asked)
    assert counted(quiet.jobs.wait(job.id)) == {"added": 1, "failed": 1}
    assert "your rights" in quiet.jobs.errors(job.id)[0].reason
    assert quiet.documents.log()[-1].actor == "key:a"


def test_each_principal_has_a_quota_and_all_share_the_bytes(quiet: KnowledgeBase) -> None:
    def submit(name: str, limits: Limits) -> Job:
        asked = Asked(name, Access.everything, name)
        return quiet.jobs.submit(notes(1), asked=asked, limits=limits)

    first = submit("a", Limits(quota=1))
    with pytest.raises(QuotaExceeded, match="1 of your jobs"):
        submit("a", Limits(quota=1))
    submit("b", Limits(quota=1))
    with pytest.raises(QuotaExceeded, match="too much"):
        submit("c", Limits(bytes=2 * first.bytes))
    assert len(quiet.jobs.list()) == 2


def test_uploads_that_are_being_read_count_too(quiet: KnowledgeBase) -> None:
    limits = Limits(quota=2, bytes=1_000)
    with quiet.jobs.arriving("a", 600, limits):
        with pytest.raises(QuotaExceeded), quiet.jobs.arriving("b", 600, limits):
            pass
        with quiet.jobs.arriving("a", 100, limits), pytest.raises(QuotaExceeded):
            quiet.jobs.arriving("a", 100, limits).__enter__()
    with quiet.jobs.arriving("b", 600, limits):
        pass


def test_bytes_of_ended_jobs_make_room(quiet: KnowledgeBase, home: Path) -> None:
    old = quiet.jobs.wait(quiet.jobs.submit([BROKEN, *notes(3)]).id)
    assert old.retryable
    quiet.jobs.submit(notes(3), limits=Limits(bytes=old.bytes + 10))
    assert not (home / FOLDER / f"{old.id}.job").exists()
    with pytest.raises(Conflict, match="kept no more"):
        quiet.jobs.retry(old.id)


def test_a_job_without_documents_or_with_a_bad_collection_is_none(
    quiet: KnowledgeBase, home: Path
) -> None:
    with pytest.raises(InvalidInput, match="no document"):
        quiet.jobs.submit([])
    with pytest.raises(InvalidInput, match="is no name"):
        quiet.jobs.submit(notes(1), collection="a/b")
    assert list((home / FOLDER).iterdir()) == []


def test_a_job_whose_bytes_are_gone_fails(quiet: KnowledgeBase, home: Path) -> None:
    job = quiet.jobs.submit(notes(1))
    (home / FOLDER / f"{job.id}.job").unlink()
    failed = quiet.jobs.wait(job.id)
    assert (failed.state, failed.done) == (JobState.FAILED, 0)
    assert "upload it again" in failed.reason


def test_jobs_are_in_no_backup(quiet: KnowledgeBase, tmp_path: Path) -> None:
    quiet.jobs.submit(notes(1))
    quiet.ingest(notes(2))
    backup = tmp_path / "backup"
    export_truth(quiet.platform.parts.database, backup, system_clock)
    (tmp_path / "new").mkdir()
    database = open_database(None, home=tmp_path / "new")
    import_truth(backup, database)
    database.close()
    with KnowledgeBase.open(tmp_path / "new", background=False) as restored:
        assert restored.jobs.list() == []
        assert len(restored.documents.list()) == 2


def test_the_whole_way_over_http(
    base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]
) -> None:
    base.jobs.start()
    client = serve(base).client
    documents = [{"source_id": n.source_id, "text": n.text} for n in notes(120)]
    documents.append({"source_id": "bad", "text": "x", "time": "never"})
    made = client.post("/v1/jobs", json={"collection": "notes", "documents": documents})
    assert made.status_code == 202
    address = made.headers["location"]
    assert address == f"/v1/jobs/{made.json()['id']}"
    with client.stream("GET", f"{address}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line[0] == "d"]
    assert lines[-2] == "event: end"
    assert [event["done"] for event in events] == sorted(event["done"] for event in events)
    assert events[-1] == client.get(address).json()
    assert (events[-1]["state"], events[-1]["stage"]) == ("done", "ended")
    assert (events[-1]["counts"]["added"], events[-1]["counts"]["failed"]) == (120, 1)
    assert events[-1]["rate"] > 0
    (error,) = client.get(f"{address}/errors").json()["errors"]
    assert (error["source_id"], error["position"]) == ("bad", 120)
    assert client.post(f"{address}/cancel").status_code == 409
    assert client.post(f"{address}/retry").status_code == 200
    assert base.jobs.wait(made.json()["id"]).state is JobState.DONE


def test_files_go_by_form_and_lists_have_pages(
    quiet: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]
) -> None:
    client = serve(quiet).client
    for number in range(3):
        files = [("files", (f"{number}.md", b"# A title\n\nand a text", "text/markdown"))]
        assert client.post("/v1/jobs", files=files, data={"collection": "f"}).status_code == 202
    first = client.get("/v1/jobs?limit=2").json()
    rest = client.get(f"/v1/jobs?limit=2&after={first['next']}").json()
    assert [len(first["jobs"]), len(rest["jobs"]), rest["next"]] == [2, 1, None]
    assert client.get("/v1/jobs?after=nothing").status_code == 404
    assert client.post("/v1/jobs", content=b"x", headers={"content-type": "a/b"}).status_code == 415
    ended = quiet.jobs.wait(first["jobs"][0]["id"])
    assert ended.counts["added"] + ended.counts["merged"] == 1


class Guarded:
    """The app behind its layers, asked with several keys."""

    def __init__(self, base: KnowledgeBase, limits: Limits) -> None:
        self.gate = Gate(base.platform.parts.database)
        app = create_app(base, guarded=True, job_limits=limits)
        self.gate.layers._app = app
        self.gate.seen.app = app

    def key(self, collections: Sequence[str], labels: Sequence[str] = ()) -> str:
        from foundation.security.policy import Role

        rights = access(collections, labels)
        return self.gate.keyring.create("k", Role.WRITER, rights, actor="t").text

    def ask(self, key: str, method: str, path: str, **more: Any) -> httpx.Response:
        import asyncio

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.gate.layers, client=("192.0.2.1", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
                headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(ask())


def test_a_job_is_shown_to_its_principal_and_to_who_sees_everything(quiet: KnowledgeBase) -> None:
    guarded = Guarded(quiet, Limits())
    mine, other = guarded.key(["notes"]), guarded.key(["notes"])
    admin = guarded.key(["*"], ["*"])
    body = {"collection": "notes", "documents": [{"source_id": "a", "text": "b"}]}
    made = guarded.ask(mine, "POST", "/v1/jobs", json=body).json()["id"]
    address = f"/v1/jobs/{made}"
    for key, status in (mine, 200), (admin, 200), (other, 404):
        assert guarded.ask(key, "GET", address).status_code == status
        assert len(guarded.ask(key, "GET", "/v1/jobs").json()["jobs"]) == (status == 200)
    for method, path in [
        ("GET", address), ("GET", f"{address}/errors"), ("GET", f"{address}/events"),
        ("POST", f"{address}/cancel"), ("POST", f"{address}/retry"),
        ("GET", f"/v1/jobs?after={made}"),
    ]:  # fmt: skip
        hidden = guarded.ask(other, method, path)
        unknown = guarded.ask(other, method, path.replace(made, "0" * len(made)))
        assert hidden.status_code == unknown.status_code == 404
        told, other_told = hidden.json(), unknown.json()
        del told["request_id"], other_told["request_id"]
        assert str(told).replace(made, "0" * len(made)) == str(other_told)
    elsewhere = guarded.ask(mine, "POST", "/v1/jobs", json={**body, "collection": "board"})
    assert elsewhere.status_code == 404


def test_beyond_a_quota_it_is_429_before_the_body_is_read(quiet: KnowledgeBase) -> None:
    guarded = Guarded(quiet, Limits(quota=1, bytes=10_000))
    key, second = guarded.key(["*"]), guarded.key(["*"])
    body = {"documents": [{"source_id": "a", "text": "b" * 6_000}]}
    assert guarded.ask(key, "POST", "/v1/jobs", json=body).status_code == 202
    read = []

    async def endless() -> Any:
        read.append(1)
        yield b"x"

    for who, length in (key, "10"), (second, "9000"):
        headers = {"content-type": "application/json", "content-length": length}
        refused = guarded.ask(who, "POST", "/v1/jobs", content=endless(), headers=headers)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
    assert guarded.ask(second, "POST", "/v1/jobs", json={"documents": [
        {"source_id": "a", "text": "b" * 20_000}
    ]}).status_code == 413  # fmt: skip


def test_commands_look_and_steer_beside_a_server(home: Path, elders: Elders) -> None:
    with KnowledgeBase.open(home) as base:
        first, second = (base.jobs.submit(notes(2, about=a)) for a in ("wind", "rain"))
        listed = elders("jobs", "list", "--json").json["jobs"]
        assert [job["id"] for job in listed] == [second.id, first.id]
        assert elders("jobs", "cancel", second.id, "--json").json["state"] == "cancelled"
        assert elders("jobs", "cancel", second.id).status == 1
        assert elders("jobs", "retry", second.id, "--json").json["state"] == "queued"
        base.jobs.start()
        waited = elders("jobs", "wait", second.id, "--timeout", "60", "--json")
        assert (waited.status, waited.json["counts"]["added"]) == (0, 2)
    assert "done, 2 of 2 documents; 2 added" in elders("jobs", "show", first.id).out
    assert elders("jobs", "show", "nothing").status == 1


def test_a_command_that_waits_works_where_no_server_does(home: Path, elders: Elders) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        job = base.jobs.submit([*notes(1), BROKEN])
    waited = elders("jobs", "wait", job.id)
    assert waited.status == 1
    assert "1 added, 1 failed" in waited.out
    assert "failed: broken.pdf: " in elders("jobs", "show", job.id).out
