from __future__ import annotations

import pytest

from tests.knowledge.extraction.claiming import Triple, claims, triples


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("白波酢は発酵調味料の一種である。", ("白波酢", "is a", "発酵調味料")),
        ("白波酢（しらなみず）は、北の港町で作られる調味料。", ("白波酢", "is a", "調味料")),
        ("ラークスパーは静的なページを作るツールです。", ("ラークスパー", "is a", "ツール")),
        ("QBTは静音バスの略である。", ("QBT", "stands for", "静音バス")),
        ("白波湖（別名：青池）は深い。", ("白波湖", "also known as", "青池")),
        ("白波湖は「青池」とも呼ばれる。", ("白波湖", "also known as", "青池")),
        (
            "ラークスパーはクイルベースに依存している。",
            ("ラークスパー", "depends on", "クイルベース"),
        ),
        (
            "ラークスパーにはクイルベースが必要です。",
            ("ラークスパー", "depends on", "クイルベース"),
        ),
        ("オルビク1はオルビク2に置き換えられた。", ("オルビク1", "replaced by", "オルビク2")),
        ("オルビク2はオルビク1の後継である。", ("オルビク2", "replaces", "オルビク1")),
        ("遅延の原因はキャッシュの破損である。", ("遅延", "caused by", "キャッシュの破損")),
        ("停電によりログイン障害が発生した。", ("ログイン障害", "caused by", "停電")),
        ("画面の遅延は過負荷が原因でした。", ("画面の遅延", "caused by", "過負荷")),
        ("タンバーダムは北方事業の一部である。", ("タンバーダム", "part of", "北方事業")),
    ],
)
def test_a_sentence_relates_its_topic_to_a_name_or_a_class(text: str, told: Triple) -> None:
    assert triples(text) == {told}


def test_the_outage_is_the_one_that_the_title_names() -> None:
    [claim] = claims("障害の原因は設定ミスでした。", title="5月3日のメール障害")
    assert (claim.subject, claim.object) == ("5月3日のメール障害", "設定ミス")


@pytest.mark.parametrize(
    "text",
    [
        "これは調味料の一種である。",
        "白波酢は有名である。",
        "首都は北の港町である。",
        "白波酢は港で作られ、その社長は北野である。",
        "ラークスパーは作者である北野が作った。",
        "白波酢は調味料ではない。",
        "使用には注意が必要です。",
        "白波湖は1990年である。",
        "ラークスパーは何にも依存しない。",
    ],
)
def test_what_is_not_sure_is_not_claimed(text: str) -> None:
    assert triples(text) == set()
