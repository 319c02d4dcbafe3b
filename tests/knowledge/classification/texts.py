"""Short documents of each kind, in English and in Japanese, written for these tests."""

from __future__ import annotations

from typing import Final

from knowledge.classification.model import DocumentKind as Kind

TEXTS: Final[dict[str, tuple[Kind, str, str]]] = {
    "how-to": (
        Kind.HOW_TO,
        "How to replace the filter",
        (
            "1. Switch the pump off and wait until the light goes out.\n"
            "2. Open the lid. You need no tools for that.\n"
            "3. Take the old filter out and put the new one in.\n"
            "4. Close the lid, then press the green button."
        ),
    ),
    "how-to, Japanese": (
        Kind.HOW_TO,
        "フィルターの交換手順",
        (
            "1. ポンプの電源を切り、ランプが消えるまで待ってください。\n"
            "2. ふたを開けます。工具は必要ありません。\n"
            "3. 古いフィルターを取り出し、新しいものを入れてください。\n"
            "4. ふたを閉めてから、緑のボタンを押してください。"
        ),
    ),
    "reference": (
        Kind.REFERENCE,
        "Pump API > openValve()",
        (
            "Opens a valve.\n\n**Parameters**\n\n- `name`: required, the name of the valve.\n"
            "- `timeout`: optional, in seconds; the default value is 30.\n\n**Returns**\n\n"
            "`true` where the valve is open. Raises `ValveError` if the argument is no valve."
        ),
    ),
    "reference, Japanese": (
        Kind.REFERENCE,
        "ポンプ API > openValve()",
        (
            "弁を開きます。\n\n**引数**\n\n- `name`: 必須。弁の名前を指定します。\n"
            "- `timeout`: 省略可能。秒数で指定します。既定値は 30 です。\n\n**戻り値**\n\n"
            "弁が開いていれば `true` を返します。"
        ),
    ),
    "concept": (
        Kind.CONCEPT,
        "Kestrel Bay",
        (
            "Kestrel Bay is a bay in the north of the island, known for its cliffs. It was "
            "named after "
            "the bird that nests there, and has been a protected area since 1974. The "
            "village on its "
            "shore was founded in 1820 by fishermen."
        ),
    ),
    "concept, Japanese": (
        Kind.CONCEPT,
        "隼湾",
        (
            "隼湾（はやぶさわん）は、島の北部に位置する湾である。断崖で知られ、"
            "1974年に保護区とされた。"
            "湾岸の村は1820年に漁師たちによって開かれたといい、"
            "その歴史は郷土資料館で見ることができる。"
        ),
    ),
    "incident": (
        Kind.INCIDENT,
        "Payments were down for two hours",
        (
            "On 3 May an expired certificate caused an outage of the payment service. "
            "Requests failed "
            "from 09:10 to 11:05 and about 400 customers were affected. Engineers restored "
            "service by "
            "rolling back the release. The root cause was an alert that nobody received."
        ),
    ),
    "incident, Japanese": (
        Kind.INCIDENT,
        "決済サービスの障害報告",
        (
            "5月3日9時10分、証明書の期限切れにより決済サービスが停止した。"
            "約400人の利用者に影響が出た。"
            "11時5分に前の版へ切り戻し、復旧した。"
            "根本原因はアラートが誰にも届かなかったことである。"
            "再発防止のため、通知先を見直した。"
        ),
    ),
    "task": (
        Kind.TASK,
        "Order new pumps",
        (
            "Assignee: Mia\nDue: 2026-04-01\nPriority: high\nStatus: open\n\n"
            "- [ ] ask three sellers for a price\n- [x] measure the old ones"
        ),
    ),
    "task, Japanese": (
        Kind.TASK,
        "ポンプの発注",
        (
            "担当：美亜\n期限：2026年4月1日\n優先度：高\nステータス：未着手\n\n"
            "- [ ] 三社から見積を取る\n- [x] 古いものの寸法を測る"
        ),
    ),
    "log": (
        Kind.LOG,
        "",
        (
            "2026-05-03 09:10:01,120 ERROR [worker-3] tls: certificate has expired\n"
            "2026-05-03 09:10:01,377 WARN [worker-3] payment 8812 is tried again\n"
            "2026-05-03 09:10:02,004 ERROR [worker-1] tls: certificate has expired\n"
            "2026-05-03 09:10:02,519 INFO [main] 2 payments wait"
        ),
    ),
    "log, Japanese": (
        Kind.LOG,
        "",
        (
            "5月03 09:10:01 host1 決済[212]: 証明書の期限が切れています\n"
            "5月03 09:10:02 host1 決済[212]: 再試行します 番号=8812\n"
            "5月03 09:10:02 host1 決済[215]: 証明書の期限が切れています"
        ),
    ),
    "code": (
        Kind.CODE,
        "",
        (
            "import os\n\n\nclass Valve:\n    def __init__(self, name):\n        self.name = name\n"
            "        self.open = False\n\n    def turn(self):\n        self.open = not self.open\n"
            "        return self.open"
        ),
    ),
    "code with Japanese comments": (
        Kind.CODE,
        "",
        (
            "// 弁を開閉する\nfunction turn(valve) {\n  // 状態を反転\n  valve.open = "
            "!valve.open;\n"
            "  return valve.open;\n}\n\nexport const pump = { valves: [], turn };"
        ),
    ),
    "table": (
        Kind.TABLE,
        "",
        "valve,opened,closed,litres\nnorth,12,12,3400\nsouth,7,6,1820\neast,31,31,9011",
    ),
    "table, Japanese": (
        Kind.TABLE,
        "",
        "| 弁 | 開いた回数 | 流量 |\n| --- | --- | --- |\n| 北 | 12 | 3400 |\n| 南 | 7 | 1820 |",
    ),
    "conversation": (
        Kind.CONVERSATION,
        "Re: the pump",
        (
            "Hi Tom,\n\nthanks for your mail. Could you send me the price by Friday?\n\n"
            "> I have asked two sellers.\n> The third is on holiday.\n\nBest regards,\nMia"
        ),
    ),
    "conversation, Japanese": (
        Kind.CONVERSATION,
        "打ち合わせ",
        (
            "美亜：ポンプの件、見ましたか？\n健：はい。少し高いですよね。\n"
            "美亜：では来週まで待ちましょうか？\n健：了解です。ありがとうございます。"
        ),
    ),
    "news": (
        Kind.NEWS,
        "",
        (
            "The water minister said on Tuesday that the government would build two dams, the news "
            "agency reported. Officials told reporters that work would begin on Monday."
        ),
    ),
    "news, Japanese": (
        Kind.NEWS,
        "",
        (
            "水道大臣は火曜日の記者会見で、新しいダムを二つ建設すると発表した。関係者によると、"
            "工事は来月"
            "始まるという。首相は計画を支持すると述べた。"
        ),
    ),
    "other": (Kind.OTHER, "", "Blue, round, seven of them. Under the stairs."),
    "other, Japanese": (Kind.OTHER, "", "青くて丸い。七つ。階段の下。"),
}
"""Name → kind, title, text."""
