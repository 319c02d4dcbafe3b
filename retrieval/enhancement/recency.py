"""Whether a question asks for the latest word on something, by the words that say so.

Only beside a word for documents or what they announce: "the latest release notes" wants the newest,
"the latest a train may leave" does not. It restricts nothing: older passages stay in the answer.
"""

from __future__ import annotations

import re
from typing import Final

from foundation.patterns import deferred

_NEWEST: Final = r"(?:latest|newest|most recent(?:ly (?:updated|changed|published))?|up-to-date)"
_ANNOUNCED: Final = (
    r"(?:documents?|docs|documentation|runbooks?|playbooks?|notes|articles?|reports?|pages?|"
    r"guides?|guidelines?|posts?|files?|papers?|manuals?|tickets?|minutes|memos?|polic(?:y|ies)|"
    r"specs?|specifications?|postmortems?|tutorials?|versions?|releases?|updates?|changes?|"
    r"news|announcements?|status|decisions?|instructions?|drafts?|revisions?|incidents?)"
)
_ENGLISH: Final = deferred(
    rf"\b(?P<words>{_NEWEST})(?: [\w'’/.-]+){{0,3}}? {_ANNOUNCED}(?!\w)", re.IGNORECASE
)
_WHAT: Final = (
    "(?:[^\\s、。？?]{0,12}?)(?:文書|記事|資料|手順|報告|議事録|ドキュメント|レポート|ノート|ページ|"
    "ガイド|マニュアル|ファイル|論文|規程|仕様|方針|お知らせ|情報|版|バージョン|リリース|状況|変更|障害)"
)
_JAPANESE: Final = deferred(rf"(?P<words>最新|最も新しい|一番新しい|いちばん新しい)(?:の)?{_WHAT}")


def newest_wanted(question: str) -> str:
    """Answer the words that ask for the newest; "" where none do."""
    found = _ENGLISH.search(question) or _JAPANESE.search(question)
    return found["words"] if found else ""
