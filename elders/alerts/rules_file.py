"""The rules of alerting as a TOML file: read, checked, and made into values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from elders.alerts.finding import TOPOLOGY
from elders.alerts.matching import Matcher, matcher
from elders.alerts.policy import ROUTES, TAGS, Inhibition, Policy, Suppression, Timing
from elders.alerts.topology import Topology
from elders.severity import Severity
from foundation.clock import to_micros
from foundation.errors import InvalidInput, NotFound, Unavailable

_Name = Annotated[str, Field(min_length=1, max_length=100)]
_Seconds = Annotated[float, Field(gt=0, le=31_536_000, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=30)]
_LARGEST_BYTES: Final = 1_000_000
_TIMING: Final = Timing()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _condition(text: object) -> Matcher:
    if not isinstance(text, str):
        raise ValueError("a condition is a text such as 'service=\"api\"'")  # noqa: TRY004 - pydantic's
    try:
        return matcher(text)
    except InvalidInput as error:
        raise ValueError(str(error)) from error


def _moment(value: object) -> object:
    if not isinstance(value, datetime):
        raise ValueError("write a time with its zone, such as 2026-03-01T00:00:00Z")  # noqa: TRY004
    return value


_Conditions = Annotated[
    list[Annotated[Matcher, BeforeValidator(_condition)]], Field(min_length=1, max_length=50)
]


class _Timing(_Part):
    correlate_seconds: _Seconds = _TIMING.correlate_seconds
    group_wait_seconds: _Seconds = _TIMING.group_wait_seconds
    group_interval_seconds: _Seconds = _TIMING.group_interval_seconds
    repeat_interval_seconds: _Seconds = _TIMING.repeat_interval_seconds
    resolve_seconds: _Seconds = 3_900  # the Incident Sage tells an hour apart of what goes on
    flap_seconds: _Seconds = _TIMING.flap_seconds
    flap_start: _Count = _TIMING.flap_start
    flap_end: _Count = _TIMING.flap_end


class _Correlate(_Part):
    labels: Annotated[list[_Name], Field(max_length=20)] = []


class _Suppress(_Part):
    name: _Name
    match: _Conditions
    until: Annotated[AwareDatetime, BeforeValidator(_moment)]
    reason: str = ""
    includes_critical: bool = False


class _Inhibit(_Part):
    source: _Conditions
    target: _Conditions
    equal: list[_Name] = []


class WebhookRules(_Part):
    """A webhook; its secret stands in an environment variable."""

    kind: Literal["webhook"]
    name: _Name
    receivers: list[_Name]
    url: str
    secret_env: _Name


class SlackRules(_Part):
    """A chat room; its address is a secret, and stands in an environment variable."""

    kind: Literal["slack"]
    name: _Name
    receivers: list[_Name]
    url_env: _Name


class MailRules(_Part):
    """A mail server, and the addresses of receivers."""

    kind: Literal["mail"]
    name: _Name
    host: _Name
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    encrypted: bool = True
    user: str = ""
    password_env: _Name | None = None
    sender: _Name
    addresses: dict[_Name, list[Annotated[str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$")]]]

    @property
    def receivers(self) -> list[str]:
        """Name who has an address."""
        return list(self.addresses)


SinkRules = WebhookRules | SlackRules | MailRules


class _Rules(_Part):
    timing: _Timing = _Timing()
    correlate: _Correlate = _Correlate()
    topology: dict[_Name, list[_Name]] = {}
    suppress: list[_Suppress] = []
    inhibit: list[_Inhibit] = []
    routes: dict[Severity, list[_Name]] = {}
    tags: dict[_Name, list[_Name]] = {}
    sinks: list[Annotated[SinkRules, Field(discriminator="kind")]] = []
    most_tracked: Annotated[int, Field(ge=100, le=1_000_000)] = Policy().most_tracked


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file says."""

    policy: Policy
    sinks: tuple[SinkRules, ...]


def read_rules(path: Path) -> Rules:
    """Read a file of rules; what it leaves out has its default.

    Raises:
        NotFound: there is no such file.
        Unavailable: it can't be read.
        InvalidInput: it is no TOML, or says what no rule can; the message names every place.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}: write the rules of alerting there") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}") from error
    if len(data) > _LARGEST_BYTES:
        raise InvalidInput(
            f"{path} is larger than {_LARGEST_BYTES:,} bytes: that is no file of rules"
        )
    try:
        return rules_of(tomllib.loads(data.decode()), str(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is no TOML: {error}") from error


def rules_of(told: Mapping[str, Any], place: str) -> Rules:
    """Check what a file says.

    Raises:
        InvalidInput: it says what no rule can.
    """
    try:
        found = _Rules.model_validate(told)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise InvalidInput(f"{place}: {faults}") from error
    timing = Timing(**found.timing.model_dump())
    _check(found, timing, place)
    policy = Policy(
        timing=timing,
        topology=Topology({**TOPOLOGY, **found.topology}),
        correlate_labels=tuple(found.correlate.labels),
        suppressions=tuple(
            Suppression(e.name, tuple(e.match), to_micros(e.until), e.reason, e.includes_critical)
            for e in found.suppress
        ),
        inhibitions=tuple(
            Inhibition(tuple(e.source), tuple(e.target), tuple(e.equal)) for e in found.inhibit
        ),
        routes={**ROUTES, **found.routes},
        tags={**TAGS, **found.tags},
        most_tracked=found.most_tracked,
    )
    return Rules(policy, tuple(found.sinks))


def _check(found: _Rules, timing: Timing, place: str) -> None:
    names = [sink.name for sink in found.sinks]
    if double := sorted({name for name in names if names.count(name) > 1 or name == "tree"}):
        raise InvalidInput(f"{place}: two sinks have the name {double[0]!r}: each needs its own")
    if timing.flap_end >= timing.flap_start:
        raise InvalidInput(f"{place}: timing.flap_end must be below timing.flap_start")
    if timing.group_interval_seconds > timing.repeat_interval_seconds:
        raise InvalidInput(
            f"{place}: timing.group_interval_seconds can't be above repeat_interval_seconds"
        )
    if not found.routes.get(Severity.CRITICAL, ["somebody"]):
        raise InvalidInput(f"{place}: routes.critical names nobody: somebody must be told")
