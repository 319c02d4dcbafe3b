"""What words say of a request: weights, in English (stems) and Japanese (anywhere in the text)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from elders.levels import Sage

Words = Mapping[str, float]
"""1 is a word that tells by itself; a weak hint has less."""

SAGES: Final[Mapping[Sage, Words]] = {
    Sage.KNOWLEDGE: {
        "knowledge": 1.0, "learn": 1.0, "lesson": 0.8, "document": 0.9, "wiki": 0.8, "explain": 0.6,
        "teach": 0.8, "pattern": 0.7, "insight": 0.8, "glossar": 0.8, "curat": 0.7, "manual": 0.5,
        "guide": 0.5, "summar": 0.5, "remember": 0.6, "best practice": 0.8,
        "知識": 1.0, "学習": 1.0, "学ん": 0.8, "文書": 0.9, "ドキュメント": 0.9, "教訓": 0.8,
        "説明": 0.6, "要約": 0.5, "手引": 0.6, "マニュアル": 0.6, "用語": 0.7, "ナレッジ": 1.0,
        "記録": 0.5,
    },
    Sage.TASK: {
        "task": 1.0, "workflow": 1.0, "schedul": 1.0, "plan": 0.7, "deadline": 0.9, "priorit": 0.8,
        "assign": 0.9, "worker": 0.7, "queue": 0.6, "batch": 0.5, "deploy": 0.6, "estimate": 0.7,
        "backlog": 0.8, "milestone": 0.8, "pipeline": 0.5, "postpone": 0.8, "resource": 0.5,
        "タスク": 1.0, "作業": 0.7, "予定": 0.9, "スケジュール": 1.0, "期限": 0.9, "締切": 0.9,
        "計画": 0.7, "優先": 0.8, "割り当て": 0.9, "担当": 0.7, "工程": 0.8, "見積": 0.7,
        "手順": 0.5, "ワークフロー": 1.0,
    },
    Sage.INCIDENT: {
        "error": 1.0, "incident": 1.0, "security": 1.0, "fail": 0.9, "crash": 1.0, "outage": 1.0,
        "alert": 0.9, "attack": 1.0, "breach": 1.0, "vulnerab": 1.0, "exception": 0.8, "bug": 0.8,
        "timeout": 0.8, "leak": 0.8, "down": 0.5, "slow": 0.5, "anomal": 0.8, "intru": 0.9,
        "broken": 0.8, "unreachable": 0.9, "root cause": 0.9, "recover": 0.6, "login attempt": 0.7,
        "エラー": 1.0, "障害": 1.0, "セキュリティ": 1.0, "失敗": 0.9, "異常": 0.9, "攻撃": 1.0,
        "警告": 0.8, "脆弱": 1.0, "漏洩": 1.0, "停止": 0.7, "落ち": 0.6, "復旧": 0.8, "原因": 0.6,
        "例外": 0.8, "不正": 0.9, "遅い": 0.5, "応答しな": 0.9,
    },
    Sage.RAG: {
        "search": 1.0, "retriev": 1.0, "find": 0.7, "look up": 0.8, "query": 0.7, "similar": 0.7,
        "index": 0.6, "embedding": 0.9, "rank": 0.7, "citation": 0.8, "source": 0.4, "passage": 0.8,
        "relevan": 0.7, "where is": 0.5, "related": 0.6,
        "検索": 1.0, "探し": 0.9, "探す": 0.9, "見つけ": 0.8, "類似": 0.8, "似た": 0.8, "索引": 0.7,
        "引用": 0.7, "関連": 0.6, "調べ": 0.6, "どこ": 0.5, "埋め込み": 0.9,
    },
}  # fmt: skip

KINDS: Final[Mapping[str, Sage]] = {
    "learning": Sage.KNOWLEDGE,
    "documentation": Sage.KNOWLEDGE,
    "workflow": Sage.TASK,
    "scheduling": Sage.TASK,
    "error": Sage.INCIDENT,
    "security": Sage.INCIDENT,
    "search": Sage.RAG,
    "retrieval": Sage.RAG,
}
"""Kinds that whoever asks may name."""

SIMPLE: Final[Words] = {
    "show": 0.8, "list": 0.8, "count": 0.8, "ping": 1.0, "restart": 0.6, "rename": 0.8, "copy": 0.8,
    "print": 0.8, "status": 0.7, "version": 0.7, "check": 0.4, "delete": 0.4, "fetch": 0.5,
    "表示": 0.8, "一覧": 0.8, "件数": 0.8, "確認": 0.5, "再起動": 0.6, "状態": 0.6, "コピー": 0.8,
}  # fmt: skip

COMPLEX: Final[Words] = {
    "why": 0.8, "analy": 1.0, "investigat": 1.0, "design": 1.0, "compare": 0.7, "plan": 0.8,
    "predict": 0.9, "optimi": 0.9, "root cause": 1.0, "across": 0.5, "depend": 0.6, "recurr": 0.7,
    "improve": 0.7, "then": 0.4, "several": 0.4, "every": 0.3, "strateg": 1.0,
    "なぜ": 0.8, "分析": 1.0, "調査": 1.0, "設計": 1.0, "比較": 0.7, "計画": 0.8, "予測": 0.9,
    "最適": 0.9, "改善": 0.7, "原因": 0.8, "依存": 0.6, "再発": 0.7, "戦略": 1.0,
}  # fmt: skip

CRITICAL: Final[Words] = {
    "data loss": 1.5, "losing data": 1.5, "breach": 1.0, "production": 0.6, "outage": 1.0,
    "all users": 0.8, "whole": 0.5, "ransom": 2.0, "corrupt": 0.8, "down": 0.6, "emergency": 1.2,
    "データ消失": 1.5, "漏洩": 1.0, "本番": 0.6, "全停止": 2.0, "全ユーザー": 0.8, "破損": 0.8,
    "緊急": 1.2, "停止": 0.6, "障害": 0.5,
}  # fmt: skip
"""No single word but the gravest makes a request critical."""
