from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.security.calls import Layer
from api.security.layers import Layers
from api.security.opening import Security, open_security, opened_keyring
from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.security.policy import Access, Role
from foundation.security.settings import load_security_settings
from tests.api.doors import Elders
from tests.api.security.guarded import Seen
from tests.foundation.security.issuer import AUDIENCE, ISSUER, issuing, token
from tests.support.redis import redis_url


def opened(home: Path, database: Database, **settings: Any) -> Security:
    return open_security(home, database, settings=load_security_settings(**settings))


def ask(security: Security, path: str = "/v1/patterns", **headers: str) -> int:
    transport = httpx.ASGITransport(Layers(Seen(), guard=security.guard))

    async def get() -> int:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get(path, headers=headers)).status_code

    return asyncio.run(get())


def test_a_home_is_guarded_by_its_settings(tmp_path: Path, sqlite_database: Database) -> None:
    security = opened(tmp_path, sqlite_database)
    issued = security.keyring.create("a", Role.READER, Access.everything, actor="t")
    assert ask(security, authorization=f"Bearer {issued.text}") == 200
    assert ask(security) == 401
    security.close()


def test_with_authentication_off_this_machine_is_the_owner(
    tmp_path: Path, sqlite_database: Database
) -> None:
    security = opened(tmp_path, sqlite_database, auth=False)
    assert ask(security) == 200
    security.close()


def test_tokens_are_taken_from_the_issuer_that_is_set(
    tmp_path: Path, sqlite_database: Database
) -> None:
    with issuing() as issuer:
        security = opened(
            tmp_path,
            sqlite_database,
            jwt_audience=AUDIENCE,
            jwt_issuer=ISSUER,
            jwt_jwks_url=issuer.url,
        )
        assert ask(security, authorization=f"Bearer {token()}") == 200
        assert ask(security, authorization=f"Bearer {token()[:-4]}") == 401
        security.close()


@pytest.mark.parametrize("without", ["refuse", "local"])
def test_rates_are_counted_in_redis_where_one_is_set(
    tmp_path: Path, sqlite_database: Database, without: str
) -> None:
    away = opened(
        tmp_path,
        sqlite_database,
        rate_limit_url="redis://127.0.0.1:1/0",
        rate_limit_without_redis=without,
    )
    assert ask(away, "/health") == (200 if without == "local" else 503)
    away.close()
    there = opened(tmp_path, sqlite_database, rate_limit_url=redis_url())
    assert ask(there, "/health") == 200
    there.close()


def test_what_was_learned_and_used_is_kept_when_it_closes(
    tmp_path: Path, sqlite_database: Database
) -> None:
    security = opened(tmp_path, sqlite_database)
    issued = security.keyring.create("a", Role.READER, Access.everything, actor="t")
    ask(security, authorization=f"Bearer {issued.text}")
    security.close()
    assert [each.name for each in threading.enumerate() if each.name == "security"] == []
    file = tmp_path / "behaviour.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert issued.key.id in file.read_text()
    again = opened(tmp_path, sqlite_database)
    assert again.keyring.list()[0].used_at > 0
    assert again.behaviour.dump() == security.behaviour.dump()
    again.close()


def test_a_file_that_is_damaged_is_told_and_not_overwritten(
    tmp_path: Path, sqlite_database: Database
) -> None:
    (tmp_path / "behaviour.json").write_text("half")
    with pytest.raises(InvalidInput, match="delete the file"):
        opened(tmp_path, sqlite_database)
    assert (tmp_path / "behaviour.json").read_text() == "half"


def test_a_weak_pepper_refuses_to_start(tmp_path: Path, sqlite_database: Database) -> None:
    with pytest.raises(InvalidInput, match="ELDERS_KEY_PEPPER"):
        opened(tmp_path, sqlite_database, key_pepper="changeme")


def test_there_are_no_keys_without_a_home(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="elders init"), opened_keyring(tmp_path / "nowhere"):
        pass
    assert not (tmp_path / "nowhere").exists()


def test_a_change_of_a_key_is_on_the_disk_when_its_call_returns(elders: Elders, home: Path) -> None:
    elders("init")
    ends = (
        "import os, sys; from pathlib import Path; from api.security.opening import opened_keyring;"
        " from foundation.security.policy import Access, Role\n"
        "with opened_keyring(Path(sys.argv[1])) as keyring:\n"
        "    issued = keyring.create('a', Role.READER, Access.everything, actor='t')\n"
        "    keyring.rotate(issued.key.id, actor='t')\n"
        "    keyring.revoke(issued.key.id, actor='t')\n"
        "    os._exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", ends, str(home)], check=False).returncode == 7
    log = elders("audit", "search", "--operation", "keys.*", "--json").json["entries"]
    told = [entry["operation"] for entry in log]
    assert sorted(told) == ["keys.created", "keys.revoked", "keys.rotated"]


def test_the_layers_are_five() -> None:
    assert list(Layer) == ["network", "rate", "token", "permission", "behaviour"]
