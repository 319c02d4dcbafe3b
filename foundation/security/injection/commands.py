"""The sentences that try to take a language model over, in English and Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.patterns import deferred


@dataclass(frozen=True, slots=True)
class Commands:
    """What is looked for in one language.

    Attributes:
        hints: lower-case words without one of which nothing is looked for.
        commands: (kind, pattern, reason); what stands between words is bounded.
    """

    hints: Sequence[str]
    commands: Sequence[tuple[str, re.Pattern[str], str]]


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

ENGLISH: Final = Commands(
    (
        *("ignore", "disregard", "forget", "override", "bypass", "overlook", "you are now"),
        *(
            "system prompt",
            "your instructions",
            "new instructions",
            "language model",
            "do anything",
        ),
        *("to the user", "tell the user", "the user", "jailb", "developer mode", "send", "post"),
        *("forward", "upload", "transmit", "exfiltrate", "leak", "email", "ai assistant", "llm"),
    ),
    (
        (
            _OVERRIDE,
            deferred(
                r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|bypass|overlook"
                r"|do\snot\s(?:follow|obey)|don'?t\s(?:follow|obey)|stop\sfollowing)\s{1,3}"
                r"(?:(?:all|any|every|everything|each|the|these|those|your|my|our|of|in|and|about|such)"
                r"\s{1,3}){0,5}"
                + _OF_MODEL
                + r"(?:\s{1,3}(?:and|or|\w{1,15})){0,2}?\s{1,3}"
                + _RULES
                + r"\b",
                _FLAGS,
            ),
            "it asks to leave earlier instructions aside",
        ),
        (
            _OVERRIDE,
            deferred(
                r"\b(?:ignore|disregard|forget)\s{1,3}(?:all\s{1,3}|everything\s{1,3})?(?:of\s{1,3})?"
                r"(?:your|the)\s{1,3}" + _RULES + r"\b(?!\s+(?:of|in|for|from|that|which)\b)"
                r"|\b(?:ignore|disregard|forget)\s{1,3}(?:everything|all|anything)\s{1,3}"
                r"(?:above|before\sthis|you\s(?:were|have\sbeen)\s(?:told|given|instructed))",
                _FLAGS,
            ),
            "it asks to leave instructions aside",
        ),
        (
            _OVERRIDE,
            deferred(
                r"\byou\sare\snow\s(?:an?\s)?(?:DAN\b|jailbroken|unrestricted|unfiltered|free\sfrom"
                r"|in\s(?:developer|god|debug|admin)\smode|(?:\w{1,20}\s){0,3}(?:assistant|ai|model"
                r"|chatbot|bot)\b)|\bdo\sanything\snow\b|\benter\s(?:developer|god|debug)\smode\b"
                r"|\bact\sas\s(?:if\syou\sare\s)?(?:an?\s)?(?:unrestricted|unfiltered|jailbroken)\b",
                _FLAGS,
            ),
            "it gives a model another part to play",
        ),
        (
            _OVERRIDE,
            deferred(
                r"\b(?:reveal|print|show|repeat|output|display|recite|disclose|leak|write\sout)\s{1,3}"
                r"(?:me\s)?(?:all\s(?:of\s)?)?(?:your|the|its|this)\s(?:\w{1,12}\s){0,2}?"
                r"(?:system\sprompt|(?:hidden|initial|original|secret|system)\s(?:instructions?|prompt"
                r"|message))\b",
                _FLAGS,
            ),
            "it asks for the system's instructions",
        ),
        (
            _OVERRIDE,
            deferred(
                r"\b(?:if\syou\sare|as)\san?\s(?:large\s)?(?:ai|llm|language\smodel|ai\sassistant"
                r"|chatbot)\b[^.\n]{0,60}\b(?:must|should|please|reply|respond|say|answer|output"
                r"|include|recommend|rate)\b"
                r"|\b(?:note|message|attention|instructions?|important)\s(?:to|for)\s(?:all\s|any\s|the\s)?"
                r"(?:ai|llms?|language\smodels?|ai\s\w{1,20}|chatbots?)(?:\s(?:models?|systems?|agents?"
                r"|assistants?))?(?:\sreading\sthis)?\s?[:,-]"
                r"|\bnew\s(?:system\s)?instructions?\s?:\s"
                r"|\b(?:do\snot|don'?t|never)\s(?:tell|inform|mention\s(?:this\s|it\s)?to|alert|notify"
                r"|reveal\sthis\sto|show\sthis\sto)\s(?:the|this)\suser\b",
                _FLAGS,
            ),
            "it speaks to a model that reads it",
        ),
        (
            _EXFILTRATION,
            deferred(
                r"\b(?:send|post|forward|upload|transmit|exfiltrate|leak|e-?mail|submit|append|encode)"
                r"\b[^.\n]{0,60}?\b" + _SECRETS + r"\b[^\n]{0,80}?\b(?:to|at|via|into|in)\s"
                r"[^\n]{0,40}?(?:https?://|[\w.+-]{1,60}@[\w-]{1,60}\.|\burl\b|\bwebhook\b)",
                _FLAGS,
            ),
            "it asks to send what is confidential to an address",
        ),
    ),
)

_BEFORE: Final = (
    "(?:これまで|今まで|いままで|以前|以上|上記|上|前|先|直前|先ほど|さっき|過去|既存|元|もと|最初|初期"
    "|すべて|全て|全部|あらゆる|一切|システム)"
)
_TOLD: Final = (
    "(?:指示|命令|プロンプト|ルール|規則|指令|設定|制約|制限|ガイドライン|文脈|インストラクション)"
)
_DROP: Final = r"(?:無視|忘れ|破棄|取り消|上書き|無効|従わな|従うな|捨て|リセット|スルー|守らな)"
_HIDDEN: Final = (
    "(?:会話|対話|チャット|履歴|パスワード|apiキー|認証情報|資格情報|機密|システムプロンプト|個人情報"
    "|環境変数|秘密鍵|アクセストークン|社内文書)"
)

JAPANESE: Final = Commands(
    (
        *(
            "指示",
            "命令",
            "プロンプト",
            "ルール",
            "規則",
            "指令",
            "設定",
            "制約",
            "制限",
            "モード",
            "ai",
        ),
        *(
            "ユーザー",
            "送信",
            "送って",
            "転送",
            "アップロード",
            "投稿",
            "言語モデル",
            "ガイドライン",
        ),
        *("インストラクション", "今から", "いまから"),
    ),
    (
        (
            _OVERRIDE,
            deferred(
                f"{_BEFORE}[^。\n]{{0,12}}?{_TOLD}[^。\n]{{0,10}}?(?:を|は|も|に)?[^。\n]{{0,8}}?{_DROP}"
            ),
            "it asks to leave earlier instructions aside",
        ),
        (
            _OVERRIDE,
            deferred(
                "(?:あなた|君|お前|きみ)は(?:今|いま|これ)から[^。\n]{0,30}?(?:です|だ|として|になり)"
                "|(?:今|いま|これ)から(?:あなた|君|お前)は[^。\n]{0,30}?(?:です|だ|として|になり)"
                "|(?:開発者|デバッグ|管理者|脱獄|無制限)モード(?:に|を)"
                "(?:切り替え|入|有効|移行|起動)(?:て|り|しろ|せよ|に)"
            ),
            "it gives a model another part to play",
        ),
        (
            _OVERRIDE,
            deferred(
                "(?:システム|初期|隠し|内部)?(?:プロンプト|インストラクション)(?:の全文|の内容)?を[^。\n]{0,10}?"
                "(?:表示|出力|開示|教え|見せ|公開|書き出)(?:し(?:て|ろ|なさい)|せよ|て|ろ)"
            ),
            "it asks for the system's instructions",
        ),
        (
            _OVERRIDE,
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
        (
            _EXFILTRATION,
            deferred(
                f"{_HIDDEN}[^。\n]{{0,20}}?を[^。\n]{{0,80}}?"
                "(?:https?://|[0-9A-Za-z_.+-]{1,60}@[0-9A-Za-z_-]{1,60}\\.)"
                "[^。\n]{0,120}?(?:に|へ|宛に?)?[^。\n]{0,12}?"
                "(?:送信|送って|送り|送れ|転送|アップロード|投稿|post)",
                re.IGNORECASE,
            ),
            "it asks to send what is confidential to an address",
        ),
    ),
)
