"""What stands before a number and says what it is: "Order", "マイナンバーは", "tel."."""

from __future__ import annotations

import re
from typing import Final

from foundation.patterns import deferred

_BREAK: Final = deferred(r"[。;\n]|(?<!\bno)(?<!\bnr)(?<!\btel)[.!?]\s", re.IGNORECASE | re.ASCII)
_INNOCENT: Final = (
    r"\b(?:orders?|invoices?|tracking|serials?|sku|part|isbn|issn|ean|upc|imei|imsi|meid|build|case"
    r"|ticket|doi|pmid|arxiv|commit|hash|account\sid|arn|vin|lei|cas|zip|postcode|pp|vol|versions?"
    r"|release|fedex|ups|parcel|shipment|snowflake|epoch|timestamps?|unix\stime|bug|issue|patent|lot"
    r"|blk|rows?|matrix|model|grant|port|pid|tid|flight|trace|span|request\sid|checksum|md5|crc32?"
    r"|corporate\snumber|registration)\b"
    r"|注文|伝票|追跡|問い合わせ番号|受付番号|会員番号|管理番号|製造番号|商品|jan|型番|部品|請求記号|整理券"
    r"|学籍|社員番号|従業員番号|契約|チケット|請求書|ロット|バーコード|タイムスタンプ|エポック|法人番号|登録番号"
    r"|特許|特開|議案|号室|郵便番号|〒|書籍|株式|銀行コード|支店コード|検体|論文|バージョン|ログ|ファイル名"
    r"|シリアル|製品"
)


def label_pattern(words: str, others: str = "(?!)") -> re.Pattern[str]:
    """Compile (when it is used) the words that say "it is one" beside those that say it is not.

    Args:
        words: a regular expression of labels.
        others: labels of other numbers, besides those that no sensitive one has.
    """
    return deferred(f"(?P<yes>{words})|(?P<no>{others}|{_INNOCENT})", re.IGNORECASE | re.ASCII)


def labelled(text: str, start: int, labels: re.Pattern[str], within: int = 40) -> bool | None:
    """Tell what the nearest label before a place says: True one, False something else, None.

    The label stands in the same sentence and line, `within` so many characters.
    """
    before = text[max(0, start - within) : start]
    said = None
    for found in labels.finditer(before, _sentence_start(before)):
        said = found.lastgroup == "yes"
    return said


def _sentence_start(before: str) -> int:
    start = 0
    for found in _BREAK.finditer(before):
        start = found.end()
    return start
