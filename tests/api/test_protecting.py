"""What is taken out of documents stands in the audit log: where, what and why, never the value."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from api import KnowledgeBase
from api.auditing import open_audit
from api.protecting import PROTECTED, TOLD
from foundation.clock import system_clock
from foundation.security.audit_reading import AuditQuery
from foundation.security.sealing import new_key
from foundation.settings import load_settings
from ingest.model import Record
from tests.api.doors import Elders

MAILS = [f"person{number}@example.com" for number in range(TOLD + 10)]


def test_every_redaction_is_in_the_audit_log(home: Path, elders: Elders) -> None:
    policy = '{"*": {"*": "redact", "email": "pseudonymise"}}'
    keys = new_key()
    with KnowledgeBase.open(
        home, background=False, protection=policy, protection_keys=keys
    ) as base:
        text = "Card 4111 1111 1111 1111. " + "; ".join(MAILS)
        base.ingest([Record("a", text=text, metadata={"owner": MAILS[0]})], collection="guides")
        base.ingest([Record("b", text="Nothing to hide.")], collection="guides")
        base.ingest([Record("c", text=f"Write to {MAILS[0]}")], collection="guides")
    with KnowledgeBase.open(home, background=False) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(home=home), parts.database, home, clock=system_clock)
        found = [*audit.log.read(AuditQuery(operation=PROTECTED))]
        assert audit.verify().problem is None
    told: list[Any] = [each.entry.metadata for each in found]
    assert [len(each["findings"]) for each in told] == [TOLD, 12, 1]
    assert {each["collection"] for each in told} == {"guides"}
    a, c = (hashlib.sha256(name.encode()).hexdigest() for name in ("a", "c"))
    assert [each["source"] for each in told] == [a, a, c]
    assert told[0]["findings"][0].startswith("/text card: redact, ")
    assert told[1]["findings"][-1].startswith("/metadata/owner email: pseudonymise, ")
    assert {each.entry.result for each in found} == {"ok"}
    assert "example.com" not in str(found)
    assert "4111" not in str(found)
    assert PROTECTED in elders("audit", "search", "--operation", PROTECTED).out


def test_without_policies_nothing_is_looked_for_or_told(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        base.ingest([Record("a", text=MAILS[0])])
    with KnowledgeBase.open(home, background=False) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(home=home), parts.database, home, clock=system_clock)
        assert [*audit.log.read(AuditQuery())] == []


def test_no_names_of_a_documents_own_hide_what_was_found(home: Path) -> None:
    named = {f"{number} " + "日本" * 140: MAILS[number] for number in range(TOLD)}
    with KnowledgeBase.open(home, background=False, protection="*=redact") as base:
        base.ingest([Record("a", text="Nothing.", metadata=named)])
    with KnowledgeBase.open(home, background=False) as base:
        parts = base.platform.parts
        audit = open_audit(load_settings(home=home), parts.database, home, clock=system_clock)
        found: list[Any] = [each.entry.metadata for each in audit.log.read(AuditQuery())]
    assert sum(len(each["findings"]) for each in found) == TOLD
    assert len(found) > 1
