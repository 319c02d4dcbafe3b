from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.patterns.incident_sentences import Role, phrases_of


def told(text: str, role: Role, *headings: str) -> list[str]:
    phrases = [phrase for phrase in phrases_of(text, headings) if phrase.role is role]
    return [text[p.start : p.end] for p in sorted(phrases, key=lambda p: (-p.weight, p.start))]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The outage was caused by an expired certificate.", "an expired certificate"),
        ("The root cause was a bug in the parser, which nobody saw.", "a bug in the parser"),
        ("The root cause of it was identified as a full disk.", "a full disk"),
        ("Root cause: a switch failed at 03:10.", "a switch failed at 03:10"),
        ("On 3 May 2024, a bad setting took down the API.", "a bad setting"),
        ("Logins failed because the clock was wrong.", "the clock was wrong"),
        ("A surge in traffic, leading to errors, was seen.", "A surge in traffic"),
        ("The incident stemmed from a feature flag.", "a feature flag"),
        ("障害の原因は、証明書の有効期限切れでした。", "証明書の有効期限切れ"),
        ("設定変更によりサイトが停止しました。", "設定変更"),
        ("スイッチの故障に起因して通信が切断された。", "スイッチの故障"),
        ("停電のため、サーバが停止した。", "停電"),
        ("アクセスが集中し、サイトにつながらない状態となった。", "アクセスが集中"),
        ("メモリの枯渇が原因で応答が遅延した。", "メモリの枯渇"),
    ],
)
def test_a_cause_is_found_by_its_cue(text: str, cause: str) -> None:
    assert told(text, Role.CAUSE)[0] == cause


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("The issue was resolved by restarting the workers.", "restarting the workers"),
        ("To restore service, the team replaced the switch.", "the team replaced the switch"),
        ("Engineers rolled back the release at noon.", "Engineers rolled back the release at noon"),
        ("Recovery required raising the timeout.", "raising the timeout"),
        ("設定をロールバックすることで復旧しました。", "設定をロールバックすることで復旧しました"),
        ("サーバを再起動した。", "サーバを再起動した"),
        ("復旧のため、予備の回線に切り替えた。", "復旧のため、予備の回線に切り替えた"),
    ],
)
def test_a_remedy_is_found_by_its_cue(text: str, remedy: str) -> None:
    assert told(text, Role.REMEDY)[0] == remedy


@pytest.mark.parametrize(
    "text",
    [
        "The outage was not caused by a deploy.",
        "The root cause was not identified.",
        "This outage led to complaints.",
        "復旧のため、予備の回線に切り替えた。",
    ],
)
def test_what_is_denied_unknown_or_an_aim_is_no_cause(text: str) -> None:
    assert told(text, Role.CAUSE) == []


@pytest.mark.parametrize(
    "text",
    [
        "The team will restart it every night to prevent recurrence.",
        "Restarting the workers did not help.",
        "The outage was fixed by 14:30 PDT.",
        "A script inadvertently restarted all the workers.",
        "今後はサーバを増強する予定です。",
        "再起動したが、失敗した。",
    ],
)
def test_plans_failed_tries_and_mishaps_are_no_remedies(text: str) -> None:
    assert told(text, Role.REMEDY) == []


def test_this_stands_for_the_sentence_before() -> None:
    text = "The cache was emptied at noon. This led to errors for all users."
    assert told(text, Role.CAUSE) == ["The cache was emptied at noon."]


def test_headings_tell_what_stands_below_them() -> None:
    text = "A worker held the lock for an hour."
    assert told(text, Role.CAUSE) == []
    assert told(text, Role.CAUSE, "Report", "Root cause") == [text]
    assert told("予備機を使った。", Role.REMEDY, "対応") == ["予備機を使った。"]
    assert phrases_of("The outage was caused by a bug.", ("Lessons learned",)) == []


def test_the_effect_is_a_problem() -> None:
    text = "A typo in a rule caused all requests to fail."
    assert told(text, Role.PROBLEM) == ["all requests to fail"]


WORDS = (
    *("the", "outage", "was", "caused by", "due to", "because", "led to", "resolved", "restarted"),
    *("root cause", "This", "in 2024", ",", ".", ":", ";", "(", "\n"),
    *("原因は", "により", "障害", "のため", "、", "。", "復旧", "ロールバック", "した"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.sampled_from([" ", ""]))
def test_every_phrase_is_a_piece_of_the_text(words: list[str], between: str) -> None:
    text = between.join(words)
    for phrase in phrases_of(text):
        assert 0 <= phrase.start < phrase.end <= len(text)
        assert text[phrase.start : phrase.end].strip()
