from __future__ import annotations

import pytest

from tests.knowledge.extraction.claiming import Triple, claims, triples


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Larkspur is a static site generator.", ("Larkspur", "is a", "static site generator")),
        ("The Tamber (2 May – 9 June) was a storm.", ("Tamber", "is a", "storm")),
        ("Harlan Reed, also a poet, was an actor.", ("Harlan Reed", "is a", "actor")),
        ("In 2019, Quillbase is a small\ndatabase.", ("Quillbase", "is a", "small database")),
        ("A posting list is a sequence of numbers.", ("posting list", "is a", "sequence")),
        ("Orvik is a kind of cheese.", ("Orvik", "is a", "cheese")),
        ("Melnor is one of the largest cities there.", ("Melnor", "is a", "cities")),
        ("`Tilde` is a **shell** for tests.", ("Tilde", "is a", "shell")),
        ("Dana Low was a World War I pilot.", ("Dana Low", "is a", "World War I pilot")),
        ("Ferro is a journal published monthly.", ("Ferro", "is a", "journal")),
        ("They sing with birds such as Robin.", ("Robin", "is a", "birds")),
        ("Robin and other birds sing.", ("Robin", "is a", "birds")),
        ("GIL stands for global lock.", ("GIL", "stands for", "global lock")),
        ('The name "QBT" is short for Quiet Bus.', ("QBT", "stands for", "Quiet Bus")),
        (
            "Tarn Lake, also known as Blue Pond, is deep.",
            ("Tarn Lake", "also known as", "Blue Pond"),
        ),
        ('Ada Quist (better known as "Moth") sang.', ("Ada Quist", "also known as", "Moth")),
        ("Norvik (formerly Old Harbour) is quiet.", ("Norvik", "also known as", "Old Harbour")),
        ("Larkspur depends on Quillbase.", ("Larkspur", "depends on", "Quillbase")),
        ("Larkspur requires a build step.", ("Larkspur", "depends on", "build step")),
        ("Orvik 2 replaces Orvik 1.", ("Orvik 2", "replaces", "Orvik 1")),
        ("Orvik 1 was replaced by Orvik 2.", ("Orvik 1", "replaced by", "Orvik 2")),
        ("Orvik 1 has been superseded by Orvik 2.", ("Orvik 1", "replaced by", "Orvik 2")),
        ("The Tamber Dam is part of the Norvik Works.", ("Tamber Dam", "part of", "Norvik Works")),
    ],
)
def test_a_sentence_relates_its_subject_to_a_name_or_a_class(text: str, told: Triple) -> None:
    assert told in triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is a static site generator.",
        "This was a mistake.",
        "What you need is a plan.",
        "The result is a table.",
        "Using Larkspur is a good idea.",
        "Larkspur is not a database.",
        "Tom Low, Ann Reed is a pair of names.",
        "If Larkspur is a database, it depends on the reader.",
        "She was replaced by Tom Low.",
        "Larkspur requires you to wait.",
        "Larkspur is a bit slower.",
        "Dana Low was a film, stage and radio actor.",
        "He likes such as he is.",
        "Larkspur was replaced in 2019.",
        "Person - centred is a person - centred word.",
        "```\nX is a Y\n```",
        "",
    ],
)
def test_what_is_not_sure_is_not_claimed(text: str) -> None:
    assert triples(text) == set()


def test_other_names_are_listed_one_by_one() -> None:
    found = triples('Ada Quist (born 1950), also known as "Moth", "Ash", or "King Ash", sang.')
    assert found == {("Ada Quist", "also known as", name) for name in ("Moth", "Ash", "King Ash")}


def test_members_of_a_class_are_listed_one_by_one() -> None:
    found = triples("It runs on systems such as Norvik, Orvik OS and Tilde.")
    assert found == {(name, "is a", "systems") for name in ("Norvik", "Orvik OS", "Tilde")}


def test_a_mentioned_name_may_hold_what_otherwise_ends_a_name() -> None:
    text = "Salt and Iron, a band, was formed late. Salt and Iron is a band."
    assert triples(text) == set()
    assert triples(text, names=["Salt and Iron"]) == {("Salt and Iron", "is a", "band")}


def test_the_evidence_reaches_from_subject_to_object() -> None:
    text = "As we know, the Larkspur is a generator of sites."
    [claim] = claims("Good day. The Larkspur is a generator of sites.")
    assert "Good day. The Larkspur is a generator of sites."[claim.start : claim.end] == (
        "Larkspur is a generator"
    )
    assert 0 < claim.confidence <= 1
    assert claim.origin == "pattern"
    assert triples(text) == {("Larkspur", "is a", "generator")}
