from __future__ import annotations

from pathlib import Path

import pytest

from api import KnowledgeBase
from api.security.keeping import FORGOTTEN
from api.security.opening import opened_keyring
from foundation.errors import Unauthenticated
from foundation.security.forgotten import Forgotten
from foundation.security.keys import key_id_of
from tests.api.doors import Elders


@pytest.fixture(autouse=True)
def _home(elders: Elders) -> None:
    assert elders("init").status == 0


def test_a_key_is_shown_once_and_works(elders: Elders, home: Path) -> None:
    told = elders("keys", "create", "jobs", "-c", "team-*", "--role", "writer", "--label", "hr")
    text, explained = told.out.splitlines()
    key_id = key_id_of(text)
    assert key_id
    assert key_id in explained
    assert "once" in explained
    with opened_keyring(home) as keyring:
        found = keyring.verify(text)
    assert (found.name, found.role, found.access.collections) == ("jobs", "writer", ("team-*",))
    shown = elders("keys", "list").out
    assert key_id in shown
    assert text.rpartition("_")[2] not in shown


def test_keys_have_a_stable_shape_for_programs(elders: Elders) -> None:
    made = elders(
        "keys", "create", "a", "-c", "*", "--scope", "search", "--scope", "read", "--json"
    ).json
    listed = elders("keys", "list", "--json").json
    assert list(made) == [*listed[0], "key"]
    assert {**listed[0], "key": made["key"]} == made
    assert made["scopes"] == ["read", "search"]
    assert (made["role"], made["collections"], made["labels"]) == ("reader", ["*"], [])
    assert (made["state"], made["revoked_at"], made["used_at"]) == ("active", None, None)
    assert made["expires_at"] > made["created_at"]


def test_a_key_may_never_expire_and_see_every_label(elders: Elders) -> None:
    made = elders("keys", "create", "a", "-c", "*", "--label", "*", "--expires-days", "0", "--json")
    assert made.json["expires_at"] is None
    assert made.json["labels"] is None


def test_rotating_makes_a_new_secret_beside_the_old_one(elders: Elders, home: Path) -> None:
    old = elders("keys", "create", "a", "-c", "*", "--json").json
    new = elders("keys", "rotate", old["id"], "--grace-hours", "1", "--json").json
    assert new["id"] == old["id"]
    assert new["grace_until"]
    last = elders("keys", "rotate", old["id"], "--grace-hours", "0", "--expires-days", "0").out
    with opened_keyring(home) as keyring:
        keyring.verify(last.splitlines()[0])
        for text in (old["key"], new["key"]):
            with pytest.raises(Unauthenticated):
                keyring.verify(text)
        assert keyring.list()[0].state(keyring.list()[0].created_at) == "active"


def test_revoking_works_beside_a_process_that_holds_the_home(elders: Elders, home: Path) -> None:
    with KnowledgeBase.open(home, background=False):
        made = elders("keys", "create", "a", "-c", "*", "--json").json
        assert elders("keys", "revoke", made["id"]).status == 0
        with opened_keyring(home) as keyring, pytest.raises(Unauthenticated, match="revoked"):
            keyring.verify(made["key"])
    assert elders("keys", "list", "--json").json[0]["state"] == "revoked"
    told = elders("audit", "search", "--operation", "keys.*", "--json").json["entries"]
    assert [(entry["operation"], entry["resource"]) for entry in told] == [
        ("keys.revoked", made["id"]),
        ("keys.created", made["id"]),
    ]
    assert elders("audit", "verify").status == 0
    assert elders("keys", "revoke", made["id"], "--json").json["state"] == "revoked"


def test_wrong_input_is_told_in_a_line(elders: Elders, tmp_path: Path) -> None:
    assert elders("keys", "create", "a", "-c", "a*b").status == 2
    assert elders("keys", "create", "", "-c", "*").status == 2
    assert elders("keys", "create", "a").status == 2
    assert elders("keys", "revoke", "absent").status == 1
    assert elders("keys", "list", "--home", str(tmp_path / "nowhere")).status == 1
    assert "no keys yet" in elders("keys", "list").out


@pytest.mark.parametrize("by", ["id", "name", "principal"])
def test_what_was_learned_of_a_key_is_forgotten_and_audited(
    elders: Elders, home: Path, by: str
) -> None:
    key = elders("keys", "create", "owner's page", "-c", "*", "--json").json
    principal = f"key:{key['id']}"
    who = {**key, "principal": principal}[by]
    assert elders("keys", "forget", who, "--json").json == {"principal": principal}
    assert list(Forgotten(home / FORGOTTEN).news()) == [principal]
    (entry,) = elders("audit", "search", "--operation", "behaviour.*", "--json").json["entries"]
    assert (entry["operation"], entry["resource"], entry["action"]) == (
        "behaviour.forgotten", principal, "admin",
    )  # fmt: skip


def test_somebody_with_a_token_is_named_as_the_logs_do(elders: Elders) -> None:
    assert "jwt:ada" in elders("keys", "forget", "jwt:ada").out


def test_nobody_is_forgotten_whom_a_name_does_not_tell(elders: Elders, home: Path) -> None:
    for _ in range(2):
        elders("keys", "create", "a", "-c", "*")
    several = elders("keys", "forget", "a")
    assert several.status != 0
    assert "2 keys are named 'a'" in several.err
    assert "elders keys list" in elders("keys", "forget", "b").err
    assert not (home / FORGOTTEN).exists()
