"""Policies by kind and collection, read from a setting and applied to a document's texts."""

from __future__ import annotations

import pytest

from benchmarks.credentials import credential
from foundation.errors import InvalidInput
from foundation.security.protection import Handling, Policies, Policy, parse_policies, protect
from foundation.security.redaction.findings import Kind
from foundation.security.sealing import Sealer, Seals, new_key

SEALS = Seals(Sealer([new_key()]), "c", "doc")
TOKEN = credential("github", "x")
TEXTS = {
    "text": f"Mail a@example.com or b@example.com, card 4111 1111 1111 1111, {TOKEN}",
    "title": "About a@example.com",
    "metadata": {"owner.phone": "090-1234-5678", "api_key": "abc", "pages": 12},
}


def test_what_is_kept_is_not_even_looked_for() -> None:
    done = protect(TEXTS, Policies())
    assert (done.texts, done.findings, done.refused) == (TEXTS, (), "")


def test_every_text_is_redacted_and_every_finding_has_its_path() -> None:
    done = protect(TEXTS, Policies(Policy.REDACT))
    assert done.texts == {
        "text": "Mail [REDACTED:email] or [REDACTED:email], card [REDACTED:card], [REDACTED:token]",
        "title": "About [REDACTED:email]",
        "metadata": {
            "owner.phone": "[REDACTED:phone]",
            "api_key": "[REDACTED:secret]",
            "pages": 12,
        },
    }
    assert [(f.path, f.kind.value) for f in done.findings] == [
        ("/text", "email"),
        ("/text", "email"),
        ("/text", "card"),
        ("/text", "token"),
        ("/title", "email"),
        ("/metadata/owner.phone", "phone"),
        ("/metadata/api_key", "secret"),
    ]


def test_each_kind_has_its_policy_and_sealed_values_come_back() -> None:
    policies = Policies(Policy.KEEP, {Kind.EMAIL: Policy.PSEUDONYMISE, Kind.CARD: Policy.ENCRYPT})
    done = protect(TEXTS, policies, SEALS)
    text, title = done.texts["text"], done.texts["title"]
    assert "example.com" not in text + title
    assert "4111" not in text
    assert TOKEN in text
    pseudonym = title.removeprefix("About ")
    assert pseudonym in text, "the same address has the same name"
    assert SEALS.sealer.reveal(text, "c") == TEXTS["text"]
    assert protect(done.texts, policies, SEALS).texts == done.texts


def test_a_document_is_refused_by_kind_without_telling_a_value() -> None:
    done = protect(TEXTS, Policies(by_kind={Kind.TOKEN: Policy.REFUSE, Kind.EMAIL: Policy.REFUSE}))
    assert "1 × token" in done.refused
    assert "3 × email" in done.refused
    assert TOKEN not in done.refused


def test_sealing_without_a_key_is_refused() -> None:
    with pytest.raises(InvalidInput, match="ELDERS_PROTECTION_KEYS"):
        protect(TEXTS, Policies(Policy.ENCRYPT))


def test_policies_are_read_from_a_list_or_from_json() -> None:
    assert parse_policies("patients = redact, *=keep,") == {
        "patients": Policies(Policy.REDACT),
        "*": Policies(),
    }
    given = (
        '{"p": {"*": "redact", "email": "pseudonymise", "instructions": "hold"}, "q": "encrypt"}'
    )
    assert parse_policies(given) == {
        "p": Policies(Policy.REDACT, {Kind.EMAIL: Policy.PSEUDONYMISE}, Handling.HOLD),
        "q": Policies(Policy.ENCRYPT),
    }
    assert parse_policies("") == {}
    assert parse_policies("a=b=redact") == {"a=b": Policies(Policy.REDACT)}


@pytest.mark.parametrize(
    "given",
    [
        "patients",
        "=redact",
        "p=hide",
        '{"p": {"mail": "redact"}}',
        '{"p": {"instructions": "x"}}',
        "{",
        '{"p": {"email": "hold"}}',
        '{"p": 1}',
    ],
)
def test_policies_that_do_not_exist_are_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        parse_policies(given)


@pytest.mark.parametrize(
    ("policy", "text", "clean"),
    [
        ("email", "password=ada@example.com", "password=[REDACTED:email]"),
        ("card", "Cookie: user=4111111111111111; a=b", "Cookie: [REDACTED:card]"),
    ],
)
def test_a_kind_that_is_kept_never_hides_one_that_is_not(
    policy: str, text: str, clean: str
) -> None:
    policies = Policies(by_kind={Kind(policy): Policy.REDACT})
    done = protect({"text": text, "metadata": {"credentials": {"of": text}}}, policies)
    assert done.texts["text"] == clean
    assert done.texts["metadata"] == {"credentials": {"of": clean}}
    refused = protect({"text": text}, Policies(by_kind={Kind(policy): Policy.REFUSE}))
    assert policy in refused.refused
