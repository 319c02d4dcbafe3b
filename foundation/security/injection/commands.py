"""The sentences that try to take a language model over, in English and Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.patterns import deferred


@dataclass(frozen=True, slots=True)
class Command:
    """One way to give orders to a model.

    Attributes:
        kind: of the suspicion.
        hints: in lower case; a text without any of them is not searched.
        pattern: for folded text; what stands between its words is bounded.
        reason: what the sentence does.
    """

    kind: str
    hints: Sequence[str]
    pattern: re.Pattern[str]
    reason: str


_OVERRIDE: Final = "override"
_EXFILTRATION: Final = "exfiltration"
_FLAGS: Final = re.IGNORECASE | re.ASCII

_RULES: Final = (
    r"(?:instructions?|prompts?|directions?|directives?|guidelines?|rules?|messages?|commands?"
    r"|context|orders|constraints|training|programming)"
)
_OF_MODEL: Final = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|former|original|initial"
    r"|system|developer|safety)"
)
_SECRETS: Final = (
    r"(?:conversation|chat\s(?:history|log)|system\sprompt|api\skeys?|credentials?|passwords?"
    r"|secrets?|environment\svariables?|access\stokens?|personal\sdata|user'?s?\s(?:data|messages?)"
    r"|confidential\s\w{1,20}|private\skeys?|internal\sdocuments?)"
)
_LEAVE: Final = (
    r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|bypass|overlook"
    r"|do\snot\s(?:follow|obey)|don'?t\s(?:follow|obey)|stop\sfollowing)\s{1,3}"
)
_EVERY: Final = (
    r"(?:(?:all|any|every|everything|each|the|these|those|your|my|our|of|in|and|about|such)"
    r"\s{1,3}){0,5}"
)
_MODELS: Final = (
    r"(?:ai|llms?|language\smodels?|chatbots?)(?:\s(?:models?|systems?|agents?|assistants?))?"
)

_ENGLISH: Final = (
    Command(
        _OVERRIDE,
        ("ignor", "disregard", "forget", "overrid", "bypass", "overlook", "follow", "obey"),
        deferred(
            rf"{_LEAVE}{_EVERY}{_OF_MODEL}(?:\s{{1,3}}\w{{1,15}}){{0,2}}?\s{{1,3}}{_RULES}\b",
            _FLAGS,
        ),
        "it asks to leave earlier instructions aside",
    ),
    Command(
        _OVERRIDE,
        ("ignore", "disregard", "forget"),
        deferred(
            r"\b(?:ignore|disregard|forget)\s{1,3}(?:all\s{1,3}|everything\s{1,3})?(?:of\s{1,3})?"
            rf"(?:your|the)\s{{1,3}}{_RULES}\b(?!\s+(?:of|in|for|from|that|which)\b)"
            r"|\b(?:ignore|disregard|forget)\s{1,3}(?:everything|all|anything)\s{1,3}"
            r"(?:above|before\sthis|you\s(?:were|have\sbeen)\s(?:told|given|instructed))",
            _FLAGS,
        ),
        "it asks to leave instructions aside",
    ),
    Command(
        _OVERRIDE,
        ("you are now", "do anything", " mode", "act as"),
        deferred(
            r"\byou\sare\snow\s(?:an?\s)?(?:DAN\b|jailbroken|unrestricted|unfiltered|free\sfrom"
            r"|in\s(?:developer|god|debug|admin)\smode"
            r"|(?:\w{1,20}\s){0,3}(?:assistant|ai|model|chatbot|bot)\b)"
            r"|\bdo\sanything\snow\b|\benter\s(?:developer|god|debug)\smode\b"
            r"|\bact\sas\s(?:if\syou\sare\s)?(?:an?\s)?(?:unrestricted|unfiltered|jailbroken)\b",
            _FLAGS,
        ),
        "it gives a model another part to play",
    ),
    Command(
        _OVERRIDE,
        ("prompt", "instruction", "message"),
        deferred(
            r"\b(?:reveal|print|show|repeat|output|display|recite|disclose|leak|write\sout)\s{1,3}"
            r"(?:me\s)?(?:all\s(?:of\s)?)?(?:your|the|its|this)\s(?:\w{1,12}\s){0,2}?"
            r"(?:system\sprompt|(?:hidden|initial|original|secret|system)\s"
            r"(?:instructions?|prompt|message))\b",
            _FLAGS,
        ),
        "it asks for the system's instructions",
    ),
    Command(
        _OVERRIDE,
        ("an ai", "a large language", "an llm", "a language model", "a chatbot", " ai", " llm",
         "instruction", " user"),
        deferred(
            rf"\b(?:if\syou\sare|as)\san?\s(?:large\s)?{_MODELS}\b[^.\n]{{0,60}}"
            r"\b(?:must|should|please|reply|respond|say|answer|output|include|recommend|rate)\b"
            r"|\b(?:note|message|attention|instructions?|important)\s(?:to|for)\s"
            rf"(?:all\s|any\s|the\s)?{_MODELS}(?:\sreading\sthis)?\s?[:,-]"
            r"|\bnew\s(?:system\s)?instructions?\s?:\s"
            r"|\b(?:do\snot|don'?t|never)\s(?:tell|inform|mention\s(?:this\s|it\s)?to|alert|notify"
            r"|reveal\sthis\sto|show\sthis\sto)\s(?:the|this)\suser\b",
            _FLAGS,
        ),
        "it speaks to a model that reads it",
    ),
    Command(
        _EXFILTRATION,
        ("://", "@", "url", "webhook"),
        deferred(
            r"\b(?:send|post|forward|upload|transmit|exfiltrate|leak|e-?mail|submit|append|encode)\b"
            rf"[^.\n]{{0,60}}?\b{_SECRETS}\b[^\n]{{0,80}}?\b(?:to|at|via|into|in)\s[^\n]{{0,40}}?"
            r"(?:https?://|[\w.+-]{1,60}@[\w-]{1,60}\.|\burl\b|\bwebhook\b)",
            _FLAGS,
        ),
        "it asks to send what is confidential to an address",
    ),
)  # fmt: skip

_BEFORE: Final = (
    "(?:これまで|今まで|いままで|以前|以上|上記|上|前|先|直前|先ほど|さっき|過去|既存|元|もと|最初|初期"
    "|すべて|全て|全部|あらゆる|一切|システム)"
)
_TOLD: Final = (
    "(?:指示|命令|プロンプト|ルール|規則|指令|設定|制約|制限|ガイドライン|文脈|インストラクション)"
)
_DROP: Final = "(?:無視|忘れ|破棄|取り消|上書き|無効|従わな|従うな|捨て|リセット|スルー|守らな)"
_HIDDEN: Final = (
    "(?:会話|対話|チャット|履歴|パスワード|apiキー|認証情報|資格情報|機密|システムプロンプト|個人情報"
    "|環境変数|秘密鍵|アクセストークン|社内文書)"
)
_YOU: Final = "(?:あなた|君|お前|きみ)"
_PART: Final = "[^。\n]{0,30}?(?:です|だ|として|になり)"

_JAPANESE: Final = (
    Command(
        _OVERRIDE,
        ("無視", "忘れ", "破棄", "取り消", "上書", "無効", "従", "捨て", "リセット", "スルー"),
        deferred(f"{_BEFORE}[^。\n]{{0,12}}?{_TOLD}[^。\n]{{0,18}}?{_DROP}"),
        "it asks to leave earlier instructions aside",
    ),
    Command(
        _OVERRIDE,
        ("から", "モード"),
        deferred(
            f"{_YOU}は(?:今|いま|これ)から{_PART}|(?:今|いま|これ)から{_YOU}は{_PART}"
            "|(?:開発者|デバッグ|管理者|脱獄|無制限)モード(?:に|を)"
            "(?:切り替え|入|有効|移行|起動)(?:て|り|しろ|せよ|に)"
        ),
        "it gives a model another part to play",
    ),
    Command(
        _OVERRIDE,
        ("プロンプト", "インストラクション"),
        deferred(
            "(?:システム|初期|隠し|内部)?(?:プロンプト|インストラクション)(?:の全文|の内容)?を[^。\n]{0,10}?"
            "(?:表示|出力|開示|教え|見せ|公開|書き出)(?:し(?:て|ろ|なさい)|せよ|て|ろ)"
        ),
        "it asks for the system's instructions",
    ),
    Command(
        _OVERRIDE,
        ("ai", "言語モデル", "llm", "ボット", "アシスタント", "新しい", "ユーザー"),
        deferred(
            "(?:ai|言語モデル|llm|チャットボット|アシスタント)(?:アシスタント|モデル)?"
            "(?:へ|への指示|への命令|に告ぐ|宛て?)\\s?[:、]"
            "|新しい(?:指示|命令|システムプロンプト)\\s?:"
            "|ユーザー(?:に|には)[^。\n]{0,12}?(?:伝え|知らせ|言わ|教え|通知|気づかれ)(?:し|せ)?"
            "(?:ないで(?!し|す)|るな|ず、|てはならない|てはいけない|ないこと)",
            re.IGNORECASE,
        ),
        "it speaks to a model that reads it",
    ),
    Command(
        _EXFILTRATION,
        ("://", "@"),
        deferred(
            f"{_HIDDEN}[^。\n]{{0,20}}?を[^。\n]{{0,80}}?"
            "(?:https?://|[0-9A-Za-z_.+-]{1,60}@[0-9A-Za-z_-]{1,60}\\.)[^。\n]{0,132}?"
            "(?:送信|送って|送り|送れ|転送|アップロード|投稿|post)",
            re.IGNORECASE,
        ),
        "it asks to send what is confidential to an address",
    ),
)  # fmt: skip

COMMANDS: Final[tuple[Command, ...]] = (*_ENGLISH, *_JAPANESE)
"""All of them."""
