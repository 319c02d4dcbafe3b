"""Words that tell kinds of documents apart, English and Japanese: density and place make features.

All lists are written for this project. English words stand in every form that counts, in lower
case, parted by spaces; phrases are parted by bars and looked for as they stand, so that Japanese
needs no word segmentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "incident words": "outage outages incident incidents postmortem downtime degraded "
    "degradation mitigated mitigation mitigations remediation rollback reverted unavailable "
    "unresponsive overloaded overload failover crash crashed crashes crashing disruption "
    "disrupted impacted cascading misconfiguration misconfigured restored recovery recovered "
    "paged alert alerts triggered escalated timeouts breach inadvertently mistakenly "
    "unexpectedly accidentally corruption engineers customers affected failed failure failures "
    "caused causing due bug broke broken attack attacker compromised leak leaked leaking exposed "
    "deleted lost experienced production resolved servers traffic outdated fix fixed wrong "
    "problem cause",
    "past tense": "was were had did became began led went took came",
    "guide words": "you your let's install step steps tutorial guide example try want need click "
    "select choose enter open press ensure follow following first next then finally now",
    "reference words": "parameter parameters param params returns argument arguments default "
    "defaults optional required syntax specification specified specifies signature deprecated "
    "raises attribute attributes property properties semantics shall compatibility rationale "
    "proposal proposed abstract accepts expects",
    "concept words": "concept concepts called known defined definition refers term principle "
    "theory means essentially approach fundamentally underlying hence therefore whereas born "
    "founded century located species population genus dynasty albums novel film directed "
    "university composed named",
    "study words": "study studies results findings patients cells trial cohort hypothesis "
    "methods conclusions conclusion evidence analysis significantly associated observed suggest "
    "suggests experiment experiments investigated demonstrated mice protein gene clinical",
    "news words": "said told announced reported spokesman spokeswoman spokesperson monday "
    "tuesday wednesday thursday friday saturday sunday yesterday president minister officials "
    "police government prime election court percent reuters agency editorial",
    "task words": "assignee deadline backlog sprint milestone ticket acceptance estimate blocked "
    "blocker priority subtask subtasks todo due assigned",
    "talk words": "i i'm i'll i've me my thanks thank hi hello hey regards cheers sorry please "
    "yeah yes ok okay lol agenda attendees minutes",
}
"""Words of a text, by the feature that their density makes."""

PHRASES: Final[Mapping[str, str]] = {
    "incident words": "root cause|post-mortem|went down|took down|service disruption|rolled back|"
    "roll back|data loss|lessons learned|time to recover|error rate|障害|復旧|再発防止|影響範囲|"
    "根本原因|原因は|不具合|停止した|停止し|暫定対応|恒久対応|事象|発生した|発生しました|"
    "ロールバック|切り戻|検知|できなくなっ|誤って|アラート|ダウンし",
    "guide words": "how to |make sure|you can |you should |in order to |for example|してください|"
    "しましょう|てみましょう|必要があります|手順|場合は、|ことができます|をクリック|を実行し|"
    "を選択し|を選び|を押|使用できます|方法|次の|以下の|てから|まず、|次に、|ください",
    "reference words": "backwards compatib|reference implementation|must not|return value|引数|"
    "戻り値|既定値|デフォルト値|構文|仕様|省略可能|返します|プロパティ|オプション|メソッド|"
    "非推奨|指定し|エラーコード|型",
    "concept words": " refers to|known as|is defined as|in other words|is a type of|とは|"
    "である。|と呼ばれ|を指す|の一つ|であった。|とされ|概念|といい|という。|という用語|意味し|"
    "のことです|の一種|に位置|年に|世紀",
    "past tense": "した。|ました。|だった。|でした。|いた。|れた。|った。",
    "definitions": " is a | is an | is the | are the | was a | was an | was the | were the |"
    " is one of | are a |である|であった|のことです",
    "signatures": "()|) ->|): |?: | => |`<|...",
    "study words": "we show that|these results|in this study|本研究|実験|被験者|示唆",
    "news words": "according to|news agency|発表した|と述べた|によると|と語った|明らかにした|"
    "報じ|首相|記者会見|容疑者",
    "task words": "to do|done when|definition of done|needs to be|acceptance criteria|担当|期限|"
    "優先度|完了条件|締切|締め切り|見積|タスク|未着手|進行中|対応予定",
    "talk words": "best regards|kind regards|wrote:|see you|お世話になって|よろしくお願い|"
    "お疲れ様|ありがとうござい|ですか？|ますか？|ですよね|了解|出席|議事録|皆さん|様\n",
}
"""Phrases of a text."""

HEADING_WORDS: Final[Mapping[str, str]] = {
    "incident heading": "outage outages incident incidents postmortem post-mortem impact "
    "timeline disruption mitigation remediation corrective contributing lessons downtime breach "
    "degradation unavailability crash leak",
    "guide heading": "how-to howto tutorial quickstart guide walkthrough install installation "
    "prerequisites step steps usage runbook checklist troubleshooting setup recipe recipes tips",
    "reference heading": "api apis reference specification spec parameters arguments returns "
    "options syntax type types details fields signature rationale compatibility compatible "
    "grammar commands configuration standard rfc proposal abstract copyright",
    "concept heading": "overview introduction concept concepts background glossary definition "
    "history theory etymology why understanding explained faq architecture principles motivation",
    "task heading": "task tasks todo to-do to-dos backlog acceptance",
    "talk heading": "meeting minutes chat stand-up standup transcript interview discussion thread",
    "log heading": "log logs stdout stderr syslog",
    "news heading": "news announcement announces announced",
}
"""Words of titles and headings."""

HEADING_PHRASES: Final[Mapping[str, str]] = {
    "incident heading": "root cause|what happened|what went w|steps to reproduce|service event|"
    "障害|再現手順|根本原因|原因|影響|再発防止|経緯|振り返り|発生状況|対応内容|対応履歴|対応状況|"
    "暫定対応|恒久対応|事後",
    "guide heading": "how to |getting started|get started|quick start|setting up|set up|"
    "before you |\nusing |\ncreating |\nadding |\nconfiguring |\nbuilding |\nwriting |\nrunning |"
    "\nworking |\nhandling |\ndeploying |\nroll |\nadd |\nuse |\ncreate |\nrestore |\nmigrat|"
    "\nupgrad|手順|方法|入門|はじめに|はじめる|使い方|チュートリアル|ガイド|前提|準備|するには|"
    "セットアップ|インストール|やり方|レシピ",
    "reference heading": "see also|backwards compat|error codes|rejected ideas|"
    "security implications|open issues|リファレンス|仕様|引数|戻り値|一覧|構文|オプション|設定値|"
    "\n型\n|\n詳細\n|エラーコード|関連項目| api",
    "concept heading": "what is |what are |in depth|とは|概要|概念|用語|背景|歴史|なぜ|仕組み|"
    "理由|について|基礎",
    "task heading": "action items|definition of done|next steps|タスク|やること|完了条件|"
    "受け入れ条件|次のアクション|宿題|課題",
    "talk heading": "\nre:|\nfwd:|\nfw:|議事録|会議|打ち合わせ|定例|面談|チャット|質疑",
    "log heading": "ログ\n|.log\n",
    "news heading": "press release|ニュース|速報|お知らせ|プレスリリース",
}
"""Phrases of titles and headings; a line break stands for the beginning or the end of one."""

IMPERATIVES: Final = (
    "add adjust allow append apply ask attach avoid back build call change check choose clear "
    "click clone close commit compare configure confirm connect convert copy create define "
    "delete deploy disable disconnect download drag edit enable ensure enter execute export "
    "extract fill find follow generate get give go grant import include insert inspect install "
    "keep launch leave let list load log look make mark mount move name navigate note open paste "
    "pick place press provide pull push put read reboot refer register reload remember remove "
    "rename repeat replace reset restart restore return review roll run save scroll search "
    "select send set sign specify start stop store submit switch take tap tell test try turn "
    "type undo unpack update upgrade upload use verify view visit wait watch wrap write"
)
"""Verbs that open an instruction."""
