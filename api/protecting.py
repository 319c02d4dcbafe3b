"""What is done with sensitive values and hidden instructions, from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from foundation.security.protection import parse_policies
from foundation.settings import Settings
from ingest.protection import Protection
from ingest.quarantine import FolderQuarantine

QUARANTINE: Final = "quarantine"


def quarantine_of(home: Path) -> FolderQuarantine:
    """Answer where documents wait that a policy holds."""
    return FolderQuarantine(home / QUARANTINE)


def protection_of(settings: Settings, home: Path) -> Protection:
    """Make the protection of a home; without a setting values are kept and not looked for.

    Raises:
        InvalidInput: the setting is wrong, or needs a key that is not set.
    """
    keys = settings.protection_keys.get_secret_value() if settings.protection_keys else ""
    return Protection(
        parse_policies(settings.protection or ""),
        keys=[key.strip() for key in keys.split(",") if key.strip()],
        quarantine=quarantine_of(home),
    )
