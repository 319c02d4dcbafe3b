"""Keep a home healthy: examine, repair, back up, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.printing import HomeOption, JsonOption, emit, open_home, say, show_table


def doctor(
    home: HomeOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild what is not as the truth says.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare every follower with the truth: counts, ids, checksums, self-queries."""
    with open_home(home, create=False) as base:
        findings = base.doctor(repair=repair)
    bad = [finding for finding in findings if not finding.ok]
    if as_json:
        emit({"healthy": not bad, "findings": findings})
    else:
        rows = [(f.subject, f.check, f.problem or "well") for f in findings]
        show_table("What the doctor found", ["of", "check", "result"], rows)
        advice = "" if repair else ": `elders doctor --repair` rebuilds from the truth"
        say("all is well" if not bad else f"{len(bad)} problems{advice}")
    if bad:
        raise typer.Exit(1)


def export_home(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back the whole truth up into one file."""
    from api.backup import export_truth

    with open_home(home, read_only=True) as base:
        parts = base.platform.parts
        manifest = export_truth(parts.database, target, parts.clock)
    if as_json:
        emit(manifest)
    else:
        rows = sum(part.rows for part in manifest.parts)
        size = target.stat().st_size / 1e6
        say(f"{target}: {rows} rows up to change {manifest.seq}, {size:.1f} MB")


def import_home(
    source: Annotated[Path, typer.Argument(help="A file that `elders export` wrote.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a backup and restore it into a new home."""
    from api.auditing import open_audit, verdict_in_words
    from api.restoring import import_truth, verify
    from foundation.settings import load_settings

    checked = verify(source)  # before a home is made for nothing
    with open_home(home, background=False) as base:
        parts = base.platform.parts
        manifest = import_truth(source, parts.database, checked=checked)
        base.platform.settle()
        audited = open_audit(load_settings(), parts.database, parts.home.path).adopt()
    if as_json:
        emit(manifest)
    else:
        say(f"restored {source} as of change {manifest.seq}, every checksum right")
        say(f"audit log: {verdict_in_words(audited)}")
