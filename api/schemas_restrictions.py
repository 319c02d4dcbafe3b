"""What goes in and out over HTTP about restrictions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api import examples

_RESTRICTIONS = {
    "rate_factor": 0.25,
    "read_only": True,
    "suspended": ["key:7f3k2m9q"],
    "reason": "somebody writes thousands of documents a minute",
    "until": "2026-01-31T10:00:00+00:00",
}


class RestrictionsIn(BaseModel):
    """What to allow less of; what is left out is not restricted."""

    model_config = ConfigDict(extra="forbid")

    rate_factor: float = Field(default=1.0, ge=0.01, le=1.0, allow_inf_nan=False)
    read_only: bool = False
    suspended: list[str] = Field(default=[], max_length=1_000)
    reason: str = Field(default="", max_length=500)
    seconds: float | None = Field(default=None, gt=0, le=31_536_000, allow_inf_nan=False)


class RestrictionsOut(BaseModel):
    """What is allowed less of: `until` says when it ends by itself, null that it does not."""

    model_config = ConfigDict(json_schema_extra=examples.shown(_RESTRICTIONS))

    rate_factor: float
    read_only: bool
    suspended: list[str]
    reason: str
    until: str | None


class ChangedRestrictionsOut(BaseModel):
    """What holds within two seconds in every process, and what held before: to be put back."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown(
            {"now": _RESTRICTIONS, "before": {**_RESTRICTIONS, "rate_factor": 1.0}}
        )
    )

    now: RestrictionsOut
    before: RestrictionsOut
