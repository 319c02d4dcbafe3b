"""What goes out over HTTP about health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from api import examples

_Status = Literal["healthy", "warning", "critical"]
_HEALTH = {
    "status": "warning",
    "at": "2026-01-31T09:30:00+00:00",
    "layers": [
        {
            "name": "system",
            "status": "warning",
            "checks": [
                {
                    "name": "disk",
                    "status": "warning",
                    "reason": "88% used, 31.4 GiB free",
                    "advice": "Free disk space, or give the home a larger disk.",
                }
            ],
        },
        {
            "name": "guild",
            "status": "healthy",
            "checks": [
                {"name": "running", "status": "healthy", "reason": "not running", "advice": ""}
            ],
        },
    ],
    "recommendations": ["Free disk space, or give the home a larger disk."],
}


class CheckOut(BaseModel):
    """One thing that was looked at; `advice` is empty where there is nothing to do."""

    name: str
    status: _Status
    reason: str
    advice: str


class LayerOut(BaseModel):
    """Checks that belong together, as bad as the worst of them."""

    name: str
    status: _Status
    checks: list[CheckOut]


class FullHealthOut(BaseModel):
    """All layers, as bad as the worst of them, and what to do, the worst first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(_HEALTH))

    status: _Status
    at: str
    layers: list[LayerOut]
    recommendations: list[str]
