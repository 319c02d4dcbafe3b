"""Words of a kind, in English and Japanese: one feature each, which examples teach to weigh."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from foundation.patterns import deferred

_ENGLISH: Final[Mapping[str, str]] = {
    "person": r"who|whom|whose",
    "time": r"when|what (?:year|date|day|month|century|time)|which (?:year|date|day)|how old",
    "place": r"where|(?:what|which) (?:country|city|county|state|continent|place|address)",
    "number": r"how (?:many|much|tall|long|far|big|large|high|deep|often|old)|percentage|"
    r"population|phone number|maximum|minimum|price|cost",
    "how to": r"how (?:to|do i|can i|do you|should i|do we|can we|does one)|steps? to|"
    r"examples? (?:of|for)|which command|syntax|snippet",
    "make": r"(?:configure|implement|enable|disable|install|write|add|create|set|define|use|"
    r"call|mount|parse|return|access|register|subscribe|override|bind|pass|mock|"
    r"schedule|deploy|build|import|export|run|generate|declare|extend|integrate|"
    r"convert|load|upload|connect)",
    "interface": r"api|sdk|cli|endpoint|method|function|parameters?|arguments?|props?|options?|"
    r"flags?|class|module|package|schema|config\w*|library|query|column|table|token|"
    r"header|callback|hook|component|directive|client|yaml|json|docker|kubernetes|"
    r"python|vue|react|sql|variable|command|code|script|signature|type hints?|"
    r"dataclass|generator",
    "idea": r"concepts?|conceptual|theory|principles?|overview|introduction|intro|explain\w*|"
    r"explanation|meaning|fundamentals?|basics?|philosophy|idea|ideas|background|"
    r"understand\w*|mean|means|meant|purpose|describe|rationale|motivation|reasons?|"
    r"summary|life ?cycle",
    "why": r"why",
    "works": r"how (?:does|do|is|are) .{1,60}\b(?:work|works|learn|function|organi[sz]ed|"
    r"made)",
    "fault": r"errors?|exceptions?|fail(?:s|ed|ing|ures?)?|crash\w*|broken?|stuck|hangs?|"
    r"refused|denied|corrupt\w*|bugs?|fix\w*|solve\w*|solution|resolve|debug\w*|"
    r"wrong|cannot|can'?t|won'?t|doesn'?t|don'?t|isn'?t|aren'?t|not (?:working|"
    r"showing|found|being|loading|starting|respond\w*)|does not|do not|problem|issue|"
    r"unexpected|warnings?|stops?|stopped|missing|expired|timeout|timed out|deadlock|"
    r"conflict|locked|leak\w*|unable|recover\w*|lost|invalid|get rid|full|restarts|"
    r"restarting|traceback|troubleshoot\w*|[45]\d\d|\w*(?:Error|Exception|BackOff)",
    "speed": r"fast\w*|quick\w*|slow\w*|speed\w*|performance|performant|latency|throughput|"
    r"optimi[sz]\w*|efficien\w*|memory|ram|cpu|bottlenecks?|benchmarks?|scal(?:e|es|"
    r"ing|able)|(?:response|load\w*|start-?up|page load|build) times?|cache hit|"
    r"p\d\d|tun(?:e|ing)|footprint|per second|profil(?:e|ing)|parallel\w*|batch size|"
    r"overhead|sooner|minimi[sz]e|bundle size|load|heavy|cost per",
    "compare": r"compar\w*|versus|vs\.?|differ\w*|similarit\w*|pros and cons|trade-?offs?|"
    r"advantages?|disadvantages?|better|contrast|distinguish\w*|both|against|"
    r"alternatives?|same \w+|in common|older|younger|taller|larger|longer|earlier|"
    r"cheaper|choose between|(?:born|started|released|came) first|more \w+|than",
    "or": r"or",
    "page": r"page|handbook|manual|guide|guidelines|runbook|document|documentation|docs|"
    r"notes?|policy|report|glossary|faq|changelog|readme|roadmap|slides|minutes|form|"
    r"directory|list|template|diagram|quick ?start|reference|tutorial|notice|"
    r"presentation|spreadsheet|pdf|wiki",
    "go": r"open|go to|find|show(?: me)?|take me|link to|where (?:can i find|"
    r"is) the .{0,30}(?:page|document|diagram|guide|file|form)|navigate|look up|"
    r"bring up|get me",
    "relative": r"(?:that|which|who|whose|where|from|by) .{3,40}\b(?:is|was|were|has|had|does|"
    r"did|\w+ed|wrote|founded|makes|made|built|owns?|won|plays?|played|lives?|lived|"
    r"died|born|runs?)",
    "of the": r"(?:of|in|by|from|to) the \w+(?: \w+)? (?:of|that|which|who|whose|where|in|by)",
    "be": r"(?:is|are|was|were|do|does|did|can|has|have)",
}
"""Whole words, in any case."""

_JAPANESE: Final[Mapping[str, str]] = {
    "person": "誰|だれ|人物|何者",
    "time": "いつ|何年|何月|何日|何時|何世紀",
    "place": "どこ|どの(?:国|都市|町|県|州)|何(?:県|州|国|市)|場所",
    "number": "何(?:人|件|個|メートル|番|歳|度|円|パーセント|本|冊|回|キロ)|いくつ|いくら|"
    "どのくらい|どれくらい|人口|最大|高さ|料金|割合|番号|標高",
    "how to": "方法|手順|には$|するには|書き方|使い方|やり方|どうすれば|どのように|サンプル|"
    "例$|一覧$",
    "make": "設定|実装|有効に|無効に|インストール|追加|作成|定義|登録|呼び出|読み込|上書き|"
    "渡す|返す|割り当て|購読|発行|差し替え|書く|付ける|マウント|更新する|生成|変換|"
    "接続する|対応してい|指定",
    "interface": "API|SDK|メソッド|関数|引数|戻り値|オプション|コマンド|スキーマ|クラス|"
    "モジュール|エンドポイント|コンポーネント|環境変数|テーブル|列に|コード|"
    "ライブラリ|クライアント|プロパティ|単体テスト|型ヒント|ディレクティブ|"
    "ワークフロー|ファイルで|スクリプト",
    "idea": "とは|概念|概要|理論|原理|原則|基礎|基本|入門|説明|解説|考え方|意味|思想|背景|"
    "全体像|仕組み|役割|理解|目的|理由|発想|どういうこと",
    "why": "なぜ|どうして",
    "works": "どのように.{1,20}(?:のか|ますか|動)|仕組み",
    "fault": "エラー|失敗|例外|落ち|壊れ|止ま|拒否|できない|できません|ならない|されない|"
    "されません|しません|出ない|出なく|直し|直す|解決|対処|原因|不具合|障害|復旧|"
    "競合|警告|デッドロック|期限切れ|文字化け|タイムアウト|Error|Exception|BackOff|"
    "まま|なくなった|てしまう|トラブル|いっぱい|消えない|反応し|違反|異常|調べる",
    "speed": "速|早く|遅い|遅延|高速|性能|最適化|効率|メモリ|スループット|CPU|負荷|"
    "ベンチマーク|応答時間|起動時間|所要時間|ボトルネック|スケーリング|短縮|短く|"
    "並列|ヒット率|チューニング|プロファイル|節約|毎秒|サイズを|コスト|減ら|"
    "バッチサイズ|縮め",
    "compare": "違い|違う|比較|比べ|どちら|相違|差異|共通点|長所|短所|利点|優劣|使い分け|対|"
    "より|異なる|トレードオフ|同じ|いずれ",
    "or": "と.{1,20}(?:の|では|は)どちら|か、それとも|または",
    "page": "ページ|手順書|ハンドブック|ガイド|マニュアル|文書|資料|議事録|報告書?|規程|"
    "用語集|変更履歴|名簿|ノート|リファレンス|README|PDF|ひな形|申請書|価格表|"
    "一覧表|よくある質問|構成図|ロードマップ|クイックスタート|ドキュメント|通知|"
    "画面",
    "go": "開く|開いて|見せて|表示(?:して|$)|探す|探して|リンク|どこにあり|を見たい|ください$",
    "relative": "(?:した|する|している|った|れた|んだ|いた|ている|てる|る)(?:会社|人|人物|国|"
    "都市|監督|著者|作者|作家|作曲者|俳優|歌手|選手|チーム|大学|学校|映画|曲|本|王|"
    "部署|建築家|哲学者|条約|大臣|サービス|ライブラリ|装置|サーバー|橋|川|州|県|郡|"
    "山|帝国|バンド|センサー|データベース|の)",
    "of the": "の[^のはがを、]{1,12}(?:が|の)[^のはがを、]{1,12}(?:の|した|する|れた)|(?:した|"
    "する|れた|んだ|った|いた|る)[^のはがを、]{1,12}の",
    "be": "(?:ですか|ますか|のか|か)[。？?]?$",
}

CUES: Final = tuple(
    (name, deferred(rf"\b(?:{_ENGLISH[name]})\b", re.IGNORECASE), deferred(_JAPANESE[name]))
    for name in _ENGLISH
)


def cues(text: str) -> Iterator[tuple[str, int]]:
    """Yield the kinds of words in a text with how many there are, up to three."""
    for name, english, japanese in CUES:
        count = len(english.findall(text)) if text.isascii() else len(japanese.findall(text))
        if not text.isascii() and not count:
            count = len(english.findall(text))
        if count:
            yield name, min(count, 3)
