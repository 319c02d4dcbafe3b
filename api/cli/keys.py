"""API keys: who may ask the server, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.printing import HomeOption, JsonOption, day, emit, say, show_table, tell, user
from foundation.clock import Micros, system_clock, to_datetime
from foundation.ids import FOREVER
from foundation.security.policy import Operation, Role

if TYPE_CHECKING:
    from foundation.security.keyring import Issued
    from foundation.security.keys import Key

app = typer.Typer(
    help="API keys; they work beside a running server, at once.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DAY_MICROS = 86_400_000_000
_KEPT = "it is shown this once and kept nowhere: store it where secrets are stored"

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `elders keys list` shows it.")]
ExpiryOption = Annotated[
    int | None,
    typer.Option("--expires-days", min=0, max=36_500, help="Days until it ends; 0: never."),
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    collections: Annotated[
        list[str],
        typer.Option("--collection", "-c", help="One it may see: a name, `name*`, or `*`."),
    ],
    home: HomeOption = None,
    role: Annotated[Role, typer.Option("--role", help="What it may do at the most.")] = Role.READER,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", help="A label of documents that it may see; `*`: all."),
    ] = None,
    scopes: Annotated[
        list[Operation] | None,
        typer.Option("--scope", help="All it is for, of what the role may do."),
    ] = None,
    expires_days: ExpiryOption = 365,
    as_json: JsonOption = False,
) -> None:
    """Make a key, and show its secret once."""
    from api.security.opening import opened_keyring
    from foundation.security.policy import access

    with opened_keyring(home) as keyring:
        issued = keyring.create(
            name,
            role,
            access(collections, labels or []),
            actor=user(),
            scopes=scopes or None,
            expires_at=_expiry(expires_days),
        )
    _show_issued(issued, as_json=as_json)


@app.command(name="list")
def list_keys(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List all keys, without their secrets."""
    from api.security.opening import opened_keyring

    with opened_keyring(home) as keyring:
        found = keyring.list()
    if as_json:
        emit([_plain(key) for key in found])
        return
    if not found:
        say("there are no keys yet: `elders keys create` makes one")
        return
    rows = [
        (
            key.id,
            key.name,
            key.role.value,
            "all" if key.scopes is None else ", ".join(sorted(key.scopes)),
            ", ".join(key.access.collections),
            "*" if key.access.labels is None else ", ".join(sorted(key.access.labels)),
            "never" if key.expires_at == FOREVER else day(key.expires_at),
            day(key.used_at) if key.used_at else "",
            key.state(system_clock()),
        )
        for key in found
    ]
    columns = ["id", "name", "role", "scopes", "collections", "labels", "expires", "used", "state"]
    show_table("API keys", columns, rows)


@app.command()
def rotate(
    key_id: IdArgument,
    home: HomeOption = None,
    grace_hours: Annotated[
        float, typer.Option("--grace-hours", min=0.0, max=8_760.0, help="The old secret's rest.")
    ] = 24.0,
    expires_days: ExpiryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a key a new secret; the old one holds a while longer."""
    from api.security.opening import opened_keyring

    with opened_keyring(home) as keyring:
        issued = keyring.rotate(
            key_id,
            actor=user(),
            grace_seconds=grace_hours * 3_600,
            expires_at=Micros(FOREVER) if expires_days == 0 else _expiry(expires_days),
        )
    _show_issued(issued, as_json=as_json)


@app.command()
def revoke(key_id: IdArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """End a key now, whatever serves this home."""
    from api.security.opening import opened_keyring

    with opened_keyring(home) as keyring:
        key = keyring.revoke(key_id, actor=user())
    tell(_plain(key), f"revoked {key.id} ({key.name})", as_json=as_json)


@app.command()
def forget(
    who: Annotated[
        str,
        typer.Argument(metavar="WHO", help="A key's id or name, or a principal as logs name it."),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget what was learned of somebody's behaviour, after a false alarm."""
    from api.security.opening import forget_behaviour

    principal = forget_behaviour(who, actor=user(), home=home)
    said = f"what was learned of {principal} is forgotten; a server needs seconds for it"
    tell({"principal": principal}, said, as_json=as_json)


def _show_issued(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        emit({**_plain(issued.key), "key": issued.text})
        return
    say(issued.text)
    say(f"{issued.key.role} key {issued.key.id} ({issued.key.name}); {_KEPT}")


def _expiry(days: int | None) -> Micros | None:
    return Micros(system_clock() + days * _DAY_MICROS) if days else None


def _plain(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "scopes": None if key.scopes is None else sorted(key.scopes),
        **key.access.as_json(),
        "state": key.state(system_clock()),
        "created_at": _moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": _moment(key.expires_at),
        "revoked_at": _moment(key.revoked_at),
        "used_at": _moment(key.used_at),
        "grace_until": _moment(key.grace_until),
    }


def _moment(micros: int) -> str | None:
    return None if micros in (0, FOREVER) else to_datetime(micros).isoformat()
