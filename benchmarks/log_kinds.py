"""x."""

from typing import Any


def log_kinds() -> dict[str, Any]:
    return {}
