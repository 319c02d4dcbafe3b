"""What a document of each kind is like, in English and Japanese, in our own words.

They are spread over many subjects, because vectors tell subjects apart before they tell kinds, and
are worth little alone: the documents that people label add to them (`Prototypes.refit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from knowledge.classification.model import DocumentKind as Kind

DESCRIPTIONS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.HOW_TO: (
        "Tutorial: in this example you create a component, add a handler and use it in your page.",
        (
            "How to install the program: download it, open a terminal, run the command, then check "
            "that the service has started."
        ),
        "Runbook: if the disk is full, log in to the server, delete old files and restart.",
        "To get a refund, open the booking, press the button, and confirm with the customer.",
        "インストールの手順。端末を開き、次のコマンドを実行して、結果を確認してください。",
        "この例では、コンポーネントを作成し、イベントを追加して使う方法を説明します。",
    ),
    Kind.REFERENCE: (
        "Reference of a function: its parameters, types, default value and what it returns.",
        (
            "This proposal specifies new syntax and semantics of the language, with a rationale "
            "and notes on backwards compatibility."
        ),
        "A list of command line options and configuration settings with their defaults.",
        "HTTP API: endpoints, request fields, response codes and errors.",
        "関数の引数、型、既定値、戻り値を説明するAPIリファレンス。",
        "設定項目とオプション、エラーコードの一覧。",
    ),
    Kind.CONCEPT: (
        "A town in the north of the country, on a river, with a population of ten thousand.",
        "An actor and director, born in 1950, known for roles in films and on television.",
        "An album by a rock band, released by their record label, with songs they wrote.",
        "A football club that was founded in 1900 and plays its home matches in the city stadium.",
        "A war in the seventeenth century between two kingdoms, which ended with a treaty.",
        "A novel that tells the story of a young woman; it won a prize for literature.",
        "A university that was founded as a college, with faculties of law and medicine.",
        (
            "We studied the expression of a gene in mice; the results suggest that the protein is "
            "needed for the growth of cells."
        ),
        "In a randomised trial of patients with a disease, treatment lowered the risk of death.",
        "A species of plant that grows in forests and flowers in spring.",
        "Why this technique is needed, how it works underneath, and what its trade-offs are.",
        "A term of software: what it means and how it relates to others.",
        "日本の北部にある都市で、川沿いに位置し、人口は約十万人である。",
        "江戸時代の武士で、藩の政治を改めたことで知られる人物である。",
        "生物の細胞にある物質で、酵素の働きによって作られる。",
        "政治制度の歴史と、法律が成立するまでの経緯。",
        "用語の意味と、その仕組みがなぜ必要かを解説する。",
    ),
    Kind.INCIDENT: (
        (
            "An outage of a service: the root cause, the impact on customers, how engineers "
            "restored it and what will prevent it from happening again."
        ),
        "A security breach: attackers got access and data was leaked.",
        "A wrong configuration change was deployed and took the database down.",
        "障害報告。サービスが停止した原因、影響範囲、復旧までの経緯と再発防止策。",
    ),
    Kind.TASK: (
        "Ticket: assigned to Anna, due on Friday, priority high, status open. Acceptance criteria.",
        "To do: order paper, call the printer, write the invoice.",
        "担当者、期限、優先度、完了条件のあるタスク。やることの一覧。",
    ),
    Kind.LOG: (
        (
            "2024-01-01 10:00:00,123 INFO [main] server.Worker: thread 42, connection from "
            "10.0.0.1 port 8080 closed, retrying"
        ),
        "Jan 01 10:00:00 host daemon[123]: authentication failure, user unknown",
        "[Mon Jan 01 10:00:00 2024] [error] child process in error state 6",
        "1700000000 2024.01.01 NODE-12 KERNEL FATAL memory parity error, interrupt",
    ),
    Kind.CODE: (
        "import os\n\nclass Reader:\n    def read(self, path):\n        return open(path).read()",
        "function add(a, b) { return a + b; }\nconst total = add(1, 2);",
        "from pytest import fixture\n\ndef test_it_adds() -> None:\n    assert add(1, 2) == 3",
        "public static void main(String[] args) { System.out.println(args.length); }",
    ),
    Kind.TABLE: (
        "id,name,amount,date\n1,pen,12,2024-01-01\n2,book,30,2024-01-02",
        "| region | count | share |\n| --- | --- | --- |\n| north | 12 | 0.4 |",
        "run,wait,cpu,user,status\n12,-1,128,3,1\n40,-1,64,3,1\n7,0,64,9,0",
    ),
    Kind.CONVERSATION: (
        "Hi all, thanks for your mail. Could you send me the file by tomorrow? Best regards, Anna",
        "Anna: did you see it? Ben: yes, I think we should wait. Anna: okay, let's talk later.",
        "Minutes of the weekly meeting: who was there and what we talked about.",
        "お疲れ様です。ご確認をお願いいたします。田中：了解しました。佐藤：では明日話しましょう。",
    ),
    Kind.NEWS: (
        "The president said on Friday that the government would hold an election.",
        "Police said on Monday that at least three people were killed in an attack in the capital.",
        "Shares rose on Tuesday after the company reported a profit for the quarter.",
        "The team won the final on Sunday with a goal in extra time, its coach said.",
        "The minister told the news agency that talks between the two countries would go on.",
        "首相は記者会見で、新しい方針を発表したと述べた。",
        "警察によると、容疑者は火曜日に逮捕された。",
    ),
    Kind.OTHER: (),
}
