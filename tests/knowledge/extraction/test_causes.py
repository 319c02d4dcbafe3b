from __future__ import annotations

import pytest

from tests.knowledge.extraction.claiming import claims, triples

TITLE = "Mail outage of 3 May"


@pytest.mark.parametrize(
    ("text", "effect", "cause"),
    [
        ("The slow start was caused by a full disk.", "slow start", "full disk"),
        ("There were lost messages caused by a full disk.", "lost messages", "full disk"),
        ("A stale cache caused a login failure.", "login failure", "stale cache"),
        ("A stale cache led to a login failure at noon.", "login failure", "stale cache"),
        ("A brief power cut triggered the alarm.", "alarm", "brief power cut"),
        ("We had long delays due to a stale cache.", "long delays", "stale cache"),
        ("The root cause of the delay was a stale cache.", "delay", "stale cache"),
        (
            "The timeout was caused by an undetected fault in the router introduced in May.",
            "timeout",
            "undetected fault in the router",
        ),
    ],
)
def test_an_effect_is_claimed_with_its_cause(text: str, effect: str, cause: str) -> None:
    assert triples(text) == {(effect, "caused by", cause)}


@pytest.mark.parametrize(
    "text",
    [
        "The outage was caused by a stale cache.",
        "This incident was triggered by a stale cache.",
        "The root cause was identified as a stale cache.",
        "Root cause was a stale cache that nobody knew.",
    ],
)
def test_the_outage_is_the_one_that_the_title_names(text: str) -> None:
    assert triples(text, title=TITLE) == {(TITLE, "caused by", "stale cache")}


def test_without_a_title_the_outage_is_an_outage() -> None:
    assert triples("The outage was caused by a stale cache.") == {
        ("outage", "caused by", "stale cache")
    }


@pytest.mark.parametrize(
    "text",
    [
        "This was caused by a stale cache.",
        "It led to long delays.",
        "A stale cache caused the server to stop.",
        "The delay was caused by a combination of things.",
        "A gust of wind caused a sharp and painful noise.",
        "We waited because of her.",
        "The first was caused by a stale cache.",
    ],
)
def test_what_is_not_sure_is_not_claimed(text: str) -> None:
    assert triples(text, title=TITLE) == set()


def test_a_claim_about_the_title_is_less_sure() -> None:
    [whole] = claims("The outage was caused by a stale cache.", title=TITLE)
    [part] = claims("The delay was caused by a stale cache.", title=TITLE)
    assert whole.confidence < part.confidence
