from __future__ import annotations

import pytest

from retrieval.cache.guard import may_mean_the_same

SAME = [
    ("How do I roll back a release?", "how do i roll back a release"),
    ("What is the capital of France?", "what's the capital of France"),
    ("How can I reset my password?", "How do I reset the password?"),
    ("How many times a day is it run?", "How many times each day is it run?"),
    ("リリースを戻す方法は?", "リリースを戻す方法を教えて"),
]
APART = [
    ("How do I enable backups?", "How do I disable backups?"),
    ("Does it work on Linux?", "Does it not work on Linux?"),
    ("What changed in version 2.4?", "What changed in version 2.5?"),
    ("What happened in 2002?", "What happened in 1992?"),
    ("Who founded Apple?", "Who founded Google?"),
    ("When was Kyoto founded?", "Where was Kyoto founded?"),
    ("the advantages of caching", "the disadvantages of caching"),
    ("three ways to sort", "four ways to sort"),
    ("two hundred ways to sort", "three hundred ways to sort"),
    ("How far is 5 km?", "How far is 5 miles?"),
    ("How to survive 5 million years?", "How to survive 5 billion years?"),
    ("Is the archive complete?", "Is the archive incomplete?"),
    ("値段が増える理由", "値段が減る理由"),
    ("誰が書いたか", "いつ書いたか"),
    ("How to lose weight?", "How to gain weight?"),
    ("How to sort in numpy?", "How to filter in pandas?"),
    ("error E404 in module A", "error E405 in module A"),
    ("How is Kyoto better than Nara?", "How is Nara better than Kyoto?"),
    ("バックアップを有効にする方法", "バックアップを無効にする方法"),
    ("返金できる場合", "返金できない場合"),
    ("東京の人口", "大阪の人口"),
    ("第2版の変更点", "第3版の変更点"),
    ("サーバーを起動する", "サーバーを停止する"),
    ("ブログの書き方", "ログの書き方"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_other_words_for_the_same_question_pass(one: str, other: str) -> None:
    assert may_mean_the_same(one, other)
    assert may_mean_the_same(other, one)


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_tells_questions_apart_is_seen(one: str, other: str) -> None:
    assert not may_mean_the_same(one, other)
    assert not may_mean_the_same(other, one)
