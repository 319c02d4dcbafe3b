from __future__ import annotations

from foundation.security.redaction.number_labels import label_pattern, labelled

LABELS = label_pattern(r"\bcard\b|カード", others="iban")


def said(text: str) -> bool | None:
    return labelled(text + "123", len(text), LABELS)


def test_the_nearest_label_of_the_sentence_counts() -> None:
    assert said("card ") is True
    assert said("order ") is False
    assert said("iban ") is False
    assert said("a card, order ") is False
    assert said("order for card ") is True
    assert said("カードの") is True
    assert said("nothing ") is None


def test_another_sentence_or_line_and_what_is_far_away_do_not_count() -> None:
    assert said("The card. ") is None
    assert said("カードです。") is None
    assert said("card\n") is None
    assert said("card" + " x" * 30) is None
    assert said("Card no. ") is True
