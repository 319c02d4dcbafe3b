"""Japanese names and terms."""

from __future__ import annotations

import subprocess
import sys

import pytest

from knowledge.extraction.japanese import find_terms
from knowledge.extraction.model import NameKind
from knowledge.sentences import split_sentences


def terms(text: str) -> dict[str, NameKind]:
    pieces = find_terms(text, split_sentences(text))
    return {text[piece.start : piece.end]: piece.kind for piece in pieces}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("梅雨前線がシベリア気団の間にできる。", {"梅雨前線", "シベリア気団"}),
        ("サーバーはテンプレートを読み込む。", {"サーバー", "テンプレート"}),
        ("Vue コンポーネントのDOM要素を渡す。", {"Vue コンポーネント", "DOM要素"}),
        ("移動性高気圧が東に進む。", {"移動性高気圧"}),
        ("それは必要な場合だけ、以下のように使う。", set()),
        ("山に木がある。", set()),
        ("第1章で説明し、開始した。", set()),
        ("English only.", set()),
    ],
)
def test_terms_are_runs_of_nouns(text: str, found: set[str]) -> None:
    assert set(terms(text)) == found


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("昨日、織田信長が来た。", "織田信長", NameKind.PERSON),
        ("アルベルト・アインシュタインは語った。", "アルベルト・アインシュタイン", NameKind.PERSON),
        ("フランスに行く。", "フランス", NameKind.PLACE),
        ("自民党が勝った。", "自民党", NameKind.ORGANISATION),
    ],
)
def test_the_dictionary_tells_persons_places_and_bodies(
    text: str, name: str, kind: NameKind
) -> None:
    assert terms(text) == {name: kind}


def test_a_sentence_of_megabytes_is_read_in_parts() -> None:
    assert set(terms("梅雨前線と" * 40_000)) == {"梅雨前線"}


def test_the_tokenizer_is_not_loaded_for_other_languages() -> None:
    code = (
        "import sys; from knowledge.extraction.rules import RuleExtractor as R;"
        "from knowledge.extraction.model import Excerpt as E;"
        "R().extract([E('Title', (), 'Albert Einstein, Göttingen.')]);"
        "assert 'sudachipy' not in sys.modules;"
        "R().extract([E('Title', (), '梅雨前線がある。')]);"
        "assert 'sudachipy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
