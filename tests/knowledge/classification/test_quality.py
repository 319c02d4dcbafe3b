from __future__ import annotations

import pytest

from knowledge.classification.classifier import Classifier
from knowledge.classification.model import Facet, Flaw, Quality
from knowledge.classification.quality import (
    english_readability,
    japanese_readability,
    quality_labels,
    quality_of,
)
from knowledge.classification.reading import WHOLE, Reading

PROSE = (
    "The valve closes when the pressure falls below the limit that the operator has set.\n"
    "It opens again only after somebody has pressed the green button twice.\n"
    "A red light tells the people in the hall that the pump is off.\n"
)
FRAME = (
    "Home | Products | Prices | About us | Contact\n"
    "We use cookies to make this site better. Accept all cookies.\n"
    "© 2026 Valve Works. All rights reserved.\n"
    "ログイン\nプライバシーポリシー\n"
)


def quality(text: str, language: str = "en") -> Quality:
    return quality_of(Reading.of("", text), language)


def flaws(text: str) -> set[str]:
    labels = Classifier().classify("", text)
    return {label.value for label in labels if label.facet == Facet.QUALITY}


def test_sound_prose_has_no_flaw() -> None:
    found = quality(PROSE)
    assert (found.boilerplate, found.garbled, found.words) == (0, 0, 41)
    assert flaws(PROSE) == set()


def test_boilerplate_is_the_share_of_lines_that_say_nothing_of_the_subject() -> None:
    found = quality(PROSE + FRAME)
    lines = [len(line) for line in FRAME.splitlines()]
    assert found.boilerplate == pytest.approx(
        sum(lines) / (sum(lines) + sum(map(len, PROSE.splitlines())))
    )
    assert flaws(FRAME) >= {Flaw.BOILERPLATE}
    assert Flaw.BOILERPLATE not in flaws(PROSE + FRAME)


def test_a_line_that_comes_again_is_boilerplate_but_its_first_time() -> None:
    once = quality(PROSE).boilerplate
    assert once == 0
    assert quality(PROSE * 4).boilerplate == pytest.approx(0.75)


def test_lines_of_a_log_repeat_by_right() -> None:
    log = "2026-05-03 09:10:01 INFO the pump runs\n" * 20
    assert flaws(log) == set()


@pytest.mark.parametrize(
    "line",
    [
        "| home | about | contact |",
        "Press home, then search for the valve and log in to the panel.",
        "検索するには、メニューを開いてください。",
    ],
)
def test_words_of_a_menu_in_a_sentence_or_a_table_are_none(line: str) -> None:
    assert quality(line).boilerplate == 0


def test_licences_are_boilerplate() -> None:
    licence = "Permission is hereby granted, free of charge, to any person obtaining a copy.\n"
    assert quality(licence).boilerplate == 1


def test_an_empty_text_is_empty_and_nothing_else() -> None:
    assert flaws("") == flaws(" \n ") == {Flaw.EMPTY}


@pytest.mark.parametrize(
    "text", ["```\n" + "turn(valve) # again\n" * 9 + "```", "12 34 56 " * 9, "Где клапан? " * 20]
)
def test_code_numbers_and_other_scripts_are_not_empty(text: str) -> None:
    assert Flaw.EMPTY not in flaws(text)


def test_a_note_is_very_short() -> None:
    assert flaws("Call Tom.") == flaws("後で電話。") == {Flaw.VERY_SHORT}


@pytest.mark.parametrize(
    "text",
    [
        "\ufffd\ufffdK\ufffd\ufffd\ufffd 2 \ufffd\ufffd\ufffd" * 20,
        "弁を開く前に圧力を確かめてください。".encode().decode("latin-1") * 4,
        "弁を開く前に圧力を確かめてください。".encode().decode("cp932", "replace") * 4,
        "\x00\x01\x02PK\x03\x04" * 40,
        "iVBORw0KGgoAAAANSUhEUgAAAAUA" * 40,
    ],
)
def test_what_no_reader_can_read_is_unreadable(text: str) -> None:
    assert Flaw.UNREADABLE in flaws(text)


def test_other_scripts_are_readable() -> None:
    for text in ("Ça va être très bien, où que tu ailles. " * 4, "弁を開く前に確かめること。" * 4):
        assert quality(text).garbled == 0


def test_short_words_and_sentences_read_more_easily() -> None:
    easy = "The cat sat on the mat. It saw a dog. The dog ran off. " * 3
    hard = (
        "Notwithstanding considerable methodological heterogeneity, contemporary investigations "
        "consistently demonstrate statistically significant improvements following intervention. "
    ) * 3
    assert 0 <= english_readability(hard) < 0.2
    assert 0.7 < english_readability(easy) <= 1


def test_hiragana_and_short_sentences_read_more_easily() -> None:
    easy = "ねこがいすのうえでねています。いぬがきました。ねこはにげました。" * 3
    hard = (
        "当該機構改正関係規定施行後経過措置適用対象範囲、同条第三項規定読替適用除外事項及び附則、"
        "並びに関連法令整備状況確認結果報告書提出期限延長承認申請手続詳細説明資料作成要領。"
    ) * 3
    assert 0 <= japanese_readability(hard) < 0.3
    assert 0.7 < japanese_readability(easy) <= 1


def test_readability_is_told_of_prose_in_a_known_language_alone() -> None:
    assert quality(PROSE).readability is not None
    assert quality(PROSE, "fr").readability is None
    assert quality("Three words only.").readability is None
    assert quality_of(Reading.of("", PROSE), "en", prose=False).readability is None


def test_the_length_of_a_long_text_is_estimated_from_samples() -> None:
    sentence = "One two three four five six seven eight nine ten.\n"
    times = 10 * WHOLE // len(sentence)
    assert quality(sentence * times).words == pytest.approx(10 * times, rel=0.05)


def test_confidence_grows_with_the_share() -> None:
    def confidence(share: float) -> float:
        labels = quality_labels(Quality(500, share, None, 0.0))
        return labels[0].confidence if labels else 0.0

    assert confidence(0.3) == 0 < confidence(0.6) < confidence(0.9) <= 1
