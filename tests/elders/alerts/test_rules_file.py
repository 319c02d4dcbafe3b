from __future__ import annotations

from pathlib import Path

import pytest

from elders.alerts.opening import open_alerting
from elders.alerts.rules_file import Rules, read_rules
from elders.severity import Severity
from elders.transports.memory import MemoryTransport
from elders.tree.tree import ElderTree
from foundation.breaker import Breakers
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound
from tests.elders.alerts.conftest import alert
from tests.elders.conftest import Hands

WHOLE = """
most_tracked = 5000
[timing]
group_wait_seconds = 10
[correlate]
labels = ["cluster"]
[topology]
api = ["db"]
[[suppress]]
name = "nightly batch"
match = ['service="batch"', 'severity=~"low|medium"']
until = 2027-01-01T00:00:00Z
reason = "known, is being rebuilt"
[[inhibit]]
source = ['rule="power"']
target = ['rule=~"host.*"']
equal = ["rack"]
[routes]
low = ["diary"]
[tags]
billing = ["billing_team"]
[[sinks]]
kind = "webhook"
name = "ops"
receivers = ["on_call_engineer"]
url = "https://hooks.example.com/x"
secret_env = "OPS_SECRET"
[[sinks]]
kind = "slack"
name = "room"
receivers = ["on_call_engineer", "security_team"]
url_env = "ROOM"
[[sinks]]
kind = "mail"
name = "post"
host = "mail.example.com"
sender = "guild@example.com"
user = "guild"
password_env = "PASSWORD"
addresses = { diary = ["diary@example.com"] }
"""
ENVIRONMENT = {"OPS_SECRET": "s", "ROOM": "https://chat.example.com/1", "PASSWORD": "p"}


def rules(folder: Path, text: str) -> Rules:
    path = folder / "alerts.toml"
    path.write_text(text)
    return read_rules(path)


def test_a_file_says_everything_and_what_it_leaves_out_has_its_default(tmp_path: Path) -> None:
    policy = rules(tmp_path, WHOLE).policy
    assert (policy.timing.group_wait_seconds, policy.timing.group_interval_seconds) == (10, 300)
    assert policy.topology.cone("api") == {"api", "db"}
    assert policy.receivers(Severity.LOW, frozenset({"billing", "security"})) == (
        "diary", "billing_team", "security_team",
    )  # fmt: skip
    assert policy.receivers(Severity.HIGH, frozenset()) == ("claude_elder", "incident_sage")
    (suppression,) = policy.suppressions
    assert [m.fits(alert(severity="low", service="batch")) for m in suppression.matchers] == [
        True, True,
    ]  # fmt: skip
    assert policy.inhibitions[0].equal == ("rack",)
    assert rules(tmp_path, "").policy.most_tracked == 20_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[timing", "is no TOML"),
        ("[timing]\ngroup_wait = 3", r"timing\.group_wait: Extra inputs"),
        ("[timing]\ngroup_wait_seconds = -1", r"timing\.group_wait_seconds"),
        ("[timing]\ngroup_wait_seconds = nan", r"timing\.group_wait_seconds"),
        ("[timing]\nflap_end = 9", "flap_end must be below"),
        ("[timing]\ngroup_interval_seconds = 99999", "can't be above"),
        ("[routes]\ngrave = []", r"routes\.grave"),
        ("[routes]\ncritical = []", "somebody must be told"),
        ('[[suppress]]\nname="a"\nmatch=[]\nuntil=2027-01-01T00:00:00Z', r"suppress\.0\.match"),
        ('[[suppress]]\nname="a"\nmatch=["x"]\nuntil=2027-01-01T00:00:00Z', "is no condition"),
        ('[[suppress]]\nname="a"\nmatch=[3]\nuntil=2027-01-01T00:00:00Z', "a condition is a text"),
        ('[[suppress]]\nname="a"\nmatch=[\'a=~"("\']\nuntil=2027-01-01', "no regular expression"),
        ('[[suppress]]\nname="a"\nmatch=[\'a="b"\']\nuntil=2027-01-01', "write a time"),
        ('[[suppress]]\nname="a"\nmatch=[\'a="b"\']\nuntil=2027-01-01T00:00:00', "timezone"),
        ('[[suppress]]\nname="a"\nmatch=[\'a="b"\']', "until: Field required"),
        ('[[sinks]]\nkind="pigeon"', "pigeon"),
        ('[[sinks]]\nkind="slack"\nname="tree"\nreceivers=[]\nurl_env="A"', "two sinks"),
        (
            '[[sinks]]\nkind="mail"\nname="m"\nhost="h"\nsender="s"\naddresses={a=["x"]}',
            "addresses",
        ),
    ],
)
def test_what_no_rule_can_say_is_refused_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told) as refused:
        rules(tmp_path, text)
    assert "alerts.toml" in str(refused.value)


def test_a_file_that_is_not_there_or_is_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="write the rules"):
        read_rules(tmp_path / "none.toml")
    for data in (b"\xff\xfe", b"#" * 1_000_001):
        (tmp_path / "alerts.toml").write_bytes(data)
        with pytest.raises(InvalidInput, match=r"alerts\.toml"):
            read_rules(tmp_path / "alerts.toml")


def test_alerting_is_put_together_and_a_missing_secret_named(
    tmp_path: Path, database: Database, clock: Hands
) -> None:
    found = rules(tmp_path, WHOLE)
    tree = ElderTree(MemoryTransport(clock=clock), database, clock=clock)
    open_alerting(found, database, tree, environment=ENVIRONMENT, breakers=Breakers(), clock=clock)
    for name in ENVIRONMENT:
        lacking = {key: value for key, value in ENVIRONMENT.items() if key != name}
        with pytest.raises(InvalidInput, match=name):
            open_alerting(found, database, tree, environment=lacking, breakers=Breakers())
