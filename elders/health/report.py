"""The guild's last look at itself, in a file that other processes read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from elders.health.guild import GUILD
from elders.health.model import Check, Layer, Status
from foundation.clock import Micros
from foundation.errors import Unavailable

FILE: Final = "health.json"
_STALE_SECONDS: Final = 900
_LARGEST_BYTES: Final = 1_000_000
_MICROS: Final = 1_000_000
_RUNNING: Final = "running"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and when."""

    at: Micros
    layer: Layer


_WRITTEN: Final = TypeAdapter(Report)


def write_report(folder: Path, report: Report) -> None:
    """Write aside, sync, rename: who reads sees the old report or the new one.

    Raises:
        Unavailable: the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{FILE}.tmp"
        with aside.open("wb") as file:
            file.write(_WRITTEN.dump_json(report))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / FILE)
    except OSError as error:
        raise Unavailable(f"{folder / FILE} can't be written: {error.strerror}") from error


def guild_layer(folder: Path, now: Micros) -> Layer:
    """Tell how the guild was when it looked last, or that it does not run."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            report = _WRITTEN.validate_json(file.read(_LARGEST_BYTES))
    except FileNotFoundError:
        return Layer(GUILD, [Check(_RUNNING, Status.HEALTHY, "not running")])
    except (OSError, ValidationError):
        advice = f"Remove {path}; the guild writes it anew."
        return Layer(GUILD, [Check(_RUNNING, Status.WARNING, "its report can't be read", advice)])
    minutes = (now - report.at) / _MICROS / 60
    if minutes * 60 > _STALE_SECONDS:
        advice = f"Start the guild again; where it is not to run, remove {path}."
        told = f"not running: the last report is {minutes:,.0f} minutes old"
        return Layer(GUILD, [Check(_RUNNING, Status.WARNING, told, advice)])
    running = Check(_RUNNING, Status.HEALTHY, f"looked at itself {max(0.0, minutes):.0f} min ago")
    return Layer(GUILD, [running, *report.layer.checks])
