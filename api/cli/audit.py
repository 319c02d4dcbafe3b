"""Read the audit log, and prove that nobody changed it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.printing import (
    HomeOption,
    JsonOption,
    LimitOption,
    day,
    emit,
    reading,
    say,
    show_table,
    tell,
)

if TYPE_CHECKING:
    from api.auditing import Audit
    from foundation.security.audit_reading import AuditQuery

app = typer.Typer(
    help="What was done, by whom, and the proof that nobody changed the log of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_STANDARD: Final = Path("-")

Since = Annotated[str | None, typer.Option("--since", help="Begun at this time or later.")]
Until = Annotated[str | None, typer.Option("--until", help="Begun before this time.")]
User = Annotated[str, typer.Option("--user", help="Of this user.")]
Operation = Annotated[
    str, typer.Option("--operation", help="This operation; documents.* is all that begin so.")
]
Resource = Annotated[str, typer.Option("--resource", help="On this; d-1* is all that begin so.")]
Result = Annotated[str, typer.Option("--result", help="ok, denied, refused, failed or stopped.")]
Text = Annotated[str, typer.Option("--text", help="With this text anywhere.")]


@app.command()
def verify(
    home: HomeOption = None,
    public_key: Annotated[
        list[Path] | None,
        typer.Option("--public-key", help="Only signatures of this key count; repeatable."),
    ] = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option("--checkpoints", help="Compare with this file of checkpoints; repeatable."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look whether the log is as it was written; name the first entry that is not."""
    from api.auditing import verdict_in_words

    with _audit(home) as audit:
        found = audit.verify(public_keys=public_key or (), checkpoints=checkpoints or ())
    bad = found.problem
    if as_json:
        emit(
            {
                "intact": bad is None,
                "entries": found.entries,
                "vouched": found.vouched,
                "checkpoints": found.checkpoints,
                "unread": found.unread,
                "first_bad": bad.first_bad if bad else None,
                "reason": bad.reason if bad else None,
                "detail": bad.detail if bad else None,
            }
        )
    else:
        say(verdict_in_words(found))
        if found.unread:
            say(f"{found.unread:,} lines of checkpoint files are none: torn, or something else")
    if bad:
        raise typer.Exit(1)


@app.command()
def search(
    home: HomeOption = None,
    since: Since = None,
    until: Until = None,
    user: User = "",
    operation: Operation = "",
    resource: Resource = "",
    result: Result = "",
    text: Text = "",
    limit: LimitOption = 50,
    cursor: Annotated[
        int | None, typer.Option("--cursor", help="The last number of the page before.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find entries, the newest first."""
    query = _query(since, until, user, operation, resource, result, text)
    with _audit(home) as audit:
        page = audit.log.search(query, limit=limit, cursor=cursor)
    if as_json:
        from foundation.security.audit_export import entry_out

        emit({"entries": [entry_out(each) for each in page.entries], "cursor": page.cursor})
        return
    rows = [
        (
            each.seq,
            day(each.entry.at),
            each.entry.caller.user,
            each.entry.operation,
            each.entry.resource,
            each.entry.result,
            f"{each.entry.duration_micros / 1_000:,.1f}",
        )
        for each in page.entries
    ]
    show_table("Audit log", ["entry", "time", "user", "operation", "on", "result", "ms"], rows)
    if page.cursor:
        say(f"more with --cursor {page.cursor}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file; - is standard output.")],
    home: HomeOption = None,
    format: Annotated[  # noqa: A002 - the usual word
        str | None, typer.Option("--format", help="jsonl or csv; by default as the file is named.")
    ] = None,
    since: Since = None,
    until: Until = None,
    user: User = "",
    operation: Operation = "",
    resource: Resource = "",
    result: Result = "",
    text: Text = "",
    as_json: JsonOption = False,
) -> None:
    """Write entries, the oldest first: lines of JSON with their hashes, or a table."""
    query = _query(since, until, user, operation, resource, result, text)
    with _audit(home) as audit:
        if file == _STANDARD:
            sys.stdout.writelines(audit.lines(query, format or "jsonl"))
            return
        done = audit.export(file, query, format)
    tell({"file": file, "entries": done}, f"{done:,} entries are in {file}", as_json=as_json)


@app.command()
def checkpoint(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Sign where the log stands now, and print that as a line to be kept elsewhere."""
    from foundation.errors import NotFound

    with _audit(home) as audit:
        trail = audit.trail()
        try:
            signed = trail.checkpoint()
        finally:
            trail.close()
    if signed is None:
        raise NotFound("the audit log is empty: there is nothing to sign yet")
    tell(signed, signed.line(), as_json=as_json)


@app.command()
def key(
    home: HomeOption = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", help="Let this public key's signatures count too; repeatable."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the public key with which anybody can check what this home signed."""
    from api.auditing import read_key_file
    from foundation.security.audit_signing import public_pem

    with _audit(home) as audit:
        own = audit.keys.signer().public_key
        for path in trust or ():
            audit.keys.trust(read_key_file(path))
        trusted = sorted(audit.keys.trusted() - {own})
    pem = public_pem(own)
    tell({"public_key": own, "pem": pem, "trusted": trusted}, pem.rstrip(), as_json=as_json)


@contextmanager
def _audit(home: Path | None) -> Iterator[Audit]:
    from api.auditing import open_audit
    from foundation.settings import load_settings

    with reading(home) as base:
        parts = base.platform.parts
        yield open_audit(load_settings(), parts.database, parts.home.path, clock=parts.clock)


def _query(
    since: str | None,
    until: str | None,
    user: str,
    operation: str,
    resource: str,
    result: str,
    text: str,
) -> AuditQuery:
    from foundation.clock import parse_moment
    from foundation.security.audit_reading import AuditQuery

    return AuditQuery(
        since=parse_moment(since) if since else None,
        until=parse_moment(until) if until else None,
        user=user,
        operation=operation,
        resource=resource,
        result=result,
        text=text,
    )
