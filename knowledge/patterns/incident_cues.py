"""The phrases by which people tell what went wrong, why, and what helped."""

from __future__ import annotations

import re
from typing import Final

from foundation.patterns import deferred

CAUSE_HEADING: Final = deferred(
    r"\bcauses?\b|what\s+went\s+wrong|what\s+happened|\bwhy\b|\btrigger|原因|要因|なぜ",
    re.IGNORECASE,
)
REMEDY_HEADING: Final = deferred(
    r"\bresol|\bremed|\bmitigat|\brecover|\bfix|\bworkaround|\bresponse\b|対応|対処|復旧|解決|処置"
    r"|暫定",
    re.IGNORECASE,
)
FUTURE_HEADING: Final = deferred(
    r"\blessons?\b|\bprevent|action\s+items?|follow[- ]?ups?|next\s+steps|再発防止|今後|教訓|恒久",
    re.IGNORECASE,
)
FUTURE: Final = deferred(
    r"\b(?:will|plans?\s+to|planned\s+to|in\s+the\s+future|recurrence|going\s+forward|follow-ups?"
    r"|commit(?:s|ted)\s+to"
    r"|(?:is|are)\s+(?:also\s+)?(?:adding|improving|working|investigating|implementing)"
    r"|prevent(?:ive|ative|ion)|(?:to|would|could|should)\s+(?:help\s+)?prevent|lessons?"
    r"|long[- ]term"
    r"|improvements?|improving|(?:should|would|could)\s+have|going\s+to|recommend\w*"
    r"|options?|considered)\b"
    r"|再発防止|今後|予定です|予定である|検討(?:し|中|を)|していきます|してまいります|恒久",
    re.IGNORECASE,
)
"""Sentences on what is to come: no cause and no remedy of what was."""

NO_REMEDY: Final = deferred(
    r"\b(?:unsuccessful\w*|in\s+vain|(?:did|does|could)(?:\s+not|n't)\s+(?:help|work|resolve|fix|solve)"
    r"|no\s+effect|(?:not|in)\s?sufficient|attempt\w*[^.]{0,80}\b(?:fail|prolong)\w*|failed\s+to|unable\s+to|tried\s+to"
    r"|(?:is|are)\s+(?:(?:also|now|currently)\s+)?\w+ing"
    r"|(?:had\s+been|would(?:\s+be)?|it|which|that)\s+(?:automatically\s+)?"
    r"(?:disabled|replaced|reverted|restarted|reset|restored|shut\s+down|blocked|revoked))\b"
    r"|失敗し|効果(?:が|は)(?:な|あり)|できなかった|できませんでした|解消(?:し|され)(?:な|ませ)",
    re.IGNORECASE,
)
"""What did not help, is only being done, or had been done before."""

ENGLISH_PROBLEM: Final = deferred(
    r"\b(?:outages?|incidents?|downtime|down|offline|unavailab\w+|disrupt\w+|degrad\w+|fail\w*|errors?"
    r"|crash\w*|unable|unreachable|inaccessib\w+|slow\w*|latency|delay\w*|lost|loss|losing|breach\w*"
    r"|leak\w*|hang|hung|stuck|timeouts?|timed\s+out|interrupt\w*|broken?|broke|compromis\w+"
    r"|unauthori[sz]ed|corrupt\w*|blackouts?|expos\w+|delet\w+|truncat\w+|wiped|stopped|unresponsive|malfunction\w*"
    r"|overload\w*|overwhelm\w*|reject\w*|throttl\w*|could\s+not|couldn't|unusable|backlogs?)\b",
    re.IGNORECASE,
)

_FOUND: Final = (
    r"(?:\s+(?:later|ultimately|eventually|quickly|then))?"
    r"(?:\s+(?:identified|determined|found|confirmed|believed|traced|narrowed\s+down|discovered)"
    r"\s+(?:back\s+)?(?:as|to\s+be|to|in)\b)?"
)
ENGLISH_AFTER: Final = deferred(
    r"(?P<root>\b(?:(?:root|underlying|primary|main|direct|initial|immediate|actual|technical|likely)\s+)+"
    r"causes?\b[^.;:]{0,80}?(?:\b(?:was|were|is|are|lay\s+in)\b" + _FOUND + r"|:(?=\s))"
    r"(?!\s+(?:not|unknown|unclear|still|never|under|identified|determined|found|resolved|a\s+mystery)\b)"
    r"(?:\s+(?:that|because)\b)?"
    r"|\b(?:the|cause)\s+(?:cause|trigger)\b[^.;:]{0,40}?\bwas\b"
    + _FOUND
    + r"(?!\s+(?:not|un\w+)\b))"
    r"|(?P<by>\b(?:(?:caused|precipitated|brought\s+(?:on|about))\s+by|triggered\s+(?:by|when|after|during)"
    r"|stem(?:med|s|ming)\s+from|result(?:ed|s|ing)\s+from|attribut(?:ed|able)\s+to"
    r"|originat(?:ed|ing|es)\s+(?:from|in|with)|traced\s+(?:back\s+)?to|blamed\s+on"
    r"|(?:was|were|is)\s+(?:the|a)\s+(?:direct\s+)?result\s+of)\b)"
    r"|(?P<due>\b(?:due\s+to|owing\s+to|because(?:\s+of)?|as\s+a\s+(?:result|consequence)\s+of"
    r"|thanks\s+to)\b)",
    re.IGNORECASE,
)
"""The cause stands behind these."""

ENGLISH_BEFORE: Final = deferred(
    r"\b(?:caus(?:ed|es|ing)|(?:led|leads?|leading)\s+(?!by\b)(?:\w+\s+)?to|result(?:ed|s|ing)\s+in"
    r"|trigger(?:ed|s|ing)|took\s+(?:down|out)|(?:brought|taking|knock(?:ed|ing))\s+(?:down|out)"
    r"|broke|overload(?:ed|ing)|overwhelm(?:ed|ing)|crash(?:ed|ing)(?=\s+(?:the|all|our|every)\b))\b"
    r"(?!\s+(?:by|when|after|during)\b)",
    re.IGNORECASE,
)
"""The cause stands before these."""

_WHEN: Final = (
    r"\d|about|around|approximately|early|late|mid|noon|midnight|then|\w+day\b|no\s+later"
    r"|(?:the|this)\s+(?:morning|evening|afternoon|end|time|team)|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
ENGLISH_REMEDY: Final = deferred(
    r"\b(?:resolved|mitigated|fixed|restored|recovered|addressed|remedied|solved|corrected|ended"
    r"|alleviated|worked\s+around)\s+(?:the\s+\w+\s+)?"
    r"(?:(?:by|through|via|with)|after(?=\s\w+ing\b))\s(?!" + _WHEN + r")"
    r"|(?:^|[,;]\s)(?:in\s+order\s+)?to\s+(?:resolve|mitigate|fix|restore|recover|address|remedy|stop|alleviate|contain)\b[^,.;]{0,80},"
    r"|\b(?:recovery|mitigation|resolution|restoration|remediation|(?:the|a)\s+(?:fix|workaround|solution))"
    r"\s+(?:required|involved|consisted\s+of|came\s+from|entailed|was\s+(?:to|by)|was|included)\s"
    r"(?!\s*(?:delayed|slow\w*|complicated|hampered|hindered|achieved|completed?|not|deployed|implemented)\b)",
    re.IGNORECASE,
)
"""What helped stands behind these."""

ENGLISH_ACTION: Final = deferred(
    r"\b(?:roll(?:ed|ing)[\s-]back|roll-?backs?|revert(?:ed|ing)|restart(?:ed|ing)|reboot(?:ed|ing)"
    r"|disabled|disabling|replac(?:ed|ing)|restor(?:ed|ing)\s(?:an?|the)\s|restor(?:ed|ing)\s[^.]{0,60}\bfrom\b|patched|revok(?:ed|ing)|rotated|re-?rout(?:ed|ing)"
    r"|fail(?:ed|ing)\s+over\s+to|throttled|scal(?:ed|ing)\s+(?:up|out)|renewed|reset|rebuilt|re-?deployed"
    r"|shut\s+down|drained|isolated|hot-?fix\w*|deployed\s+(?:a|the)\s+(?:fix|patch)|a\s+fix\s+was"
    r"|fix(?:ed|ing)\s+the|corrected|undid|undone|re-?enabled|added\s+(?:more\s+)?capacity)\b",
    re.IGNORECASE,
)
"""What people do against an incident."""

JAPANESE_PROBLEM: Final = deferred(
    r"障害|停止|停電|遅延|エラー|できな|できません|不能|不可|不具合|ダウン|漏洩|漏えい|流出|消失|欠損"
    r"|低下|タイムアウト|失敗|異常|切断|つなが|重く|過負荷|不安定|中断|事象|破損|枯渇|落ち"
)
JAPANESE_AFTER: Final = deferred(
    r"原因(?:について)?(?:は|[:：])、?(?!不明|調査|特定|現在|まだ)"
    r"(?P<cause>[^。]{3,120}?)(?=(?:こと)?(?:でし|です|だっ|であ|と判明|によるもの|にあ|と(?:考え|みら|思わ|推定|特定))"
    r"|。|$)"
)
"""原因は X でした。"""

JAPANESE_BEFORE: Final = deferred(
    r"(?P<sure>(?:こと)?(?:が|を)(?:根本|直接|主な|主たる)*(?:の)?原因|に起因|が引き金|(?:が|を)きっかけ"
    r"|(?:によって|により|に)引き起こ|によるもの)"
    r"|(?P<maybe>(?:こと)?(?:によって|により|による)、?|(?:の|た|る|い)ため(?:に)?、?|ことから、?"
    r"|(?:が|を)引き起こ|(?:した|れた)ことで、?|せいで、?"
    r"|(?<=集中|増加|急増|枯渇|故障|破損|逼迫|失敗|停止)し(?:て|たことで)?、)"
)
"""X が原因で、X により、X のため …"""

JAPANESE_PURPOSE: Final = deferred(
    r"(?:復旧|対応|対処|防止|調査|解消|回避|確認|改善|保護|検証|解決|抑え|防ぐ|避ける|減らす)(?:する)?$"
)
"""What stands before のため where it tells an aim, not a cause."""

JAPANESE_REMEDY: Final = deferred(
    r"ロールバック|切り戻|切戻|差し戻|巻き戻|元に戻|再起動|修正|復元|切り替え|切替|フェイルオーバー|増強|増設"
    r"|交換|無効化|遮断|失効|再発行|更新し|解放|迂回|スケール(?:アップ|アウト)|拡張|リストア|再構築"
    r"|パッチ|制限(?:し|を)|再実行|対処|手動で"
)
JAPANESE_HELPED: Final = deferred(r"[^。]{0,30}?(?:復旧|解消|収束|回復|解決|復帰|改善し|正常に)")
"""The outcome that makes what stands before it a remedy, not a cause."""

REPORT: Final = deferred(
    r"\b(?:outages?|incidents?|post-?mortem|downtime|unavailab\w+|disrupt\w+|went\s+down|degraded"
    r"|degradation|crash(?:ed|es)?|failed|breach\w*|compromised|root\s+cause|blackout"
    r"|caused|offline|mitigat\w+|leaked|bricked|broken?|hung|stuck|corrupted|accidental\w*"
    r"|(?:took|tak(?:es?|ing|en)|brought|go(?:es|ne|ing)?|shut\w*)\s+down|lost\s+access|ddos|error\s+rates?|unreachable|inaccessible)\b"
    r"|障害|停止し|停電|復旧|ダウン|利用できな|接続できな|インシデント|不具合|漏洩|漏えい|事象"
    r"|つながらな|エラーが|遅延が|切り戻|できなくな|ログインできな|停電",
    re.IGNORECASE,
)
"""Words of which a report of an incident has many."""
