"""From bytes to characters: signatures, declarations, then what each script looks like.

Detection libraries are unreliable below some hundred characters and rank Japanese encodings by
luck there, so the Japanese ones are tried by rule first and `charset_normalizer` decides the rest.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SAMPLE: Final = 64 * 1024
"""Bytes that a guess looks at."""

_SIGNATURES: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a label means in practice (the WHATWG's reading of it).
_MEANT: Final = {
    "shift_jis": "cp932",
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "utf-8-sig": "utf-8",
}
_WESTERN: Final = ("cp1252", "cp1250", "cp1254", "cp1257", "mac_roman", "cp850")
_OTHER: Final = (
    "gb18030",
    "big5",
    "cp949",
    "cp1251",
    "koi8_r",
    "cp866",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "euc_jp",
    *_WESTERN,
)
_JIS_ESCAPE: Final = re.compile(rb"\x1b(?:\$[@B]|\([IJ])")
_ODD_CONTROLS: Final = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_HALF_WIDTH_RUN: Final = re.compile("[\uff61-\uff9f]{3,}")
_RANGES: Final = (
    ("\u3001", "\u30ff", 1.0),  # kana and Japanese punctuation
    ("\uff01", "\uff5e", 1.0),  # full-width Latin
    ("\u2460", "\u24ff", 0.8),  # enclosed digits
    ("\u3200", "\u33ff", 0.8),  # enclosed and squared words
    ("\uff61", "\uff9f", -1.0),  # half-width katakana: what misread EUC-JP looks like
    ("\ufffd", "\ufffd", -5.0),
    ("\ue000", "\uf8ff", -5.0),
    ("\x80", "\x9f", -5.0),
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and the encoding that was read."""

    text: str
    encoding: str


def clean(text: str) -> str:
    """Replace what no database stores: NUL (PostgreSQL) and lone surrogates (UTF-8) become U+FFFD.

    Two halves of a pair that were written one by one are joined to the character they mean.
    """
    text = text.replace("\0", "\ufffd")
    if not text.isascii() and _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def decode(data: bytes, *, declared: str = "") -> Decoded:
    """Decode a document's bytes; it never fails, and undecodable bytes become U+FFFD.

    Args:
        data: the bytes.
        declared: the encoding that a header or the document itself names; it is believed as
            long as the bytes agree, and less than bytes that are valid UTF-8: old labels outlive
            conversions, and nothing else happens to be valid UTF-8.
    """
    for signature, encoding in _SIGNATURES:
        if data.startswith(signature) and _fits_signature(data, encoding):
            return _read(data[len(signature) :], encoding)
    text = _strictly(data, "utf-8", "surrogatepass")
    meant = _codec(declared) if text is None or text.isascii() else ""
    if meant and meant != "utf-8" and _strictly(data, meant) is not None:
        return _read(data, meant)
    if b"\x1b" in data and _JIS_ESCAPE.search(data) and not _HIGH.search(data):
        return _read_jis(data)
    if text is None or _ODD_CONTROLS.search(text[:SAMPLE]):
        wide = _wide_without_signature(data)
        if wide:
            return _read(data, wide)
    if text is None:
        return _read(data, _guess(data))
    return Decoded(clean(text), "utf-8")


def _fits_signature(data: bytes, encoding: str) -> bool:
    # FF FE 00 00 is UTF-32, or UTF-16 that begins with a NUL.
    if not encoding.startswith("utf-32"):
        return True
    return len(data) % 4 == 0 and _strictly(data[: SAMPLE & ~3], encoding) is not None


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name if label.strip() else ""
    except (LookupError, ValueError):
        return ""
    # Python lists codecs that are no character sets (base64, rot13 …): those read no text.
    return _MEANT.get(name, name) if name and _is_charset(name) else ""


def _is_charset(name: str) -> bool:
    try:
        return isinstance(b"a".decode(name), str) and name not in {"idna", "punycode"}
    except (LookupError, ValueError):
        return name.startswith(("utf-16", "utf-32"))


def _strictly(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(encoding, errors)
    except (UnicodeError, ValueError):
        return None


def _read(data: bytes, encoding: str) -> Decoded:
    errors = "surrogatepass" if encoding.startswith("utf") else "replace"
    try:
        text = data.decode(encoding, errors)
    except UnicodeError:
        text = data.decode(encoding, "replace")
    return Decoded(clean(text), encoding)


def _read_jis(data: bytes) -> Decoded:
    # Mail programs write row 13 (circled digits, …) under the escape of JIS X 0208, which has no
    # such row; JIS X 0213 has it at the same place.
    for encoding, read in (
        ("iso2022_jp", data),
        ("iso2022_jp_ext", data),
        ("iso2022_jp_2004", data.replace(b"\x1b$B", b"\x1b$(Q")),
    ):
        text = _strictly(read, encoding)
        if text is not None:
            return Decoded(clean(text), encoding)
    return _read(data, "iso2022_jp_ext")


def _wide_without_signature(data: bytes) -> str:
    # Latin text in UTF-16 has a NUL in every second byte; all text in UTF-32 has one in four, and
    # nearly always two.
    sample = data[:4096]
    if len(data) % 2 or len(sample) < 4:
        return ""
    a, b, c, d = (sample[place::4].count(0) / max(1, len(sample[place::4])) for place in range(4))
    for encoding, fits in (
        ("utf-32-le", d == 1 and c > 0.8 and a < 0.3),
        ("utf-32-be", a == 1 and b > 0.8 and d < 0.3),
        ("utf-16-le", min(b, d) >= 0.4 and max(a, c) <= 0.1),
        ("utf-16-be", min(a, c) >= 0.4 and max(b, d) <= 0.1),
    ):
        if fits and _strictly(data, encoding, "surrogatepass") is not None:
            return encoding
    likely = [(_japanese_score(sample, name), name) for name in ("utf-16-le", "utf-16-be")]
    score, encoding = max(likely)
    return encoding if score >= 0.85 else ""


def _guess(data: bytes) -> str:
    first = _HIGH.search(data)
    sample = data[first.start() if first else 0 :][:SAMPLE]
    reader = codecs.getincrementaldecoder("utf-8")("replace")
    broken = reader.decode(sample, final=len(sample) < SAMPLE)
    bad = broken.count("\ufffd")
    if sum(char > "\x7f" for char in broken) - bad >= 10 * bad:
        return "utf-8"
    score, encoding = max((_japanese_score(sample, name), name) for name in ("euc_jp", "cp932"))
    if score >= 0.5:
        return "euc_jis_2004" if encoding == "euc_jp" and _needs_2004(data) else encoding
    start = max(0, (first.start() if first else 0) - 1024)
    return _guess_foreign(data[start : start + SAMPLE])


def _needs_2004(data: bytes) -> bool:
    return _strictly(data, "euc_jp") is None and _strictly(data, "euc_jis_2004") is not None


def _guess_foreign(sample: bytes) -> str:
    high = len(_HIGH.findall(sample))
    western = high < 4 or high * 3 <= len(sample) - high
    if western and high < 100:
        return _western(sample)
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_WESTERN if western else _OTHER)).best()
    return _codec(best.encoding) if best else _western(sample)


def _western(sample: bytes) -> str:
    return "cp1252" if _strictly(sample, "cp1252") is not None else "latin-1"


def _japanese_score(sample: bytes, encoding: str) -> float:
    """Say how much the bytes look like Japanese in this encoding: 1 is perfect, 0.5 is likely."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(sample, final=len(sample) < SAMPLE)
    counts = Counter(char for char in text if char > "\x7f")
    total = counts.total()
    if not total:
        return 0.0
    points = sum(_plausibility(char) * count for char, count in counts.items())
    kana = sum(count for char, count in counts.items() if "\u3041" <= char <= "\u30ff")
    half_width = sum(len(run) for run in _HALF_WIDTH_RUN.findall(text))
    points += 1.5 * half_width - 2.0 * _stray_kanji(text, encoding)
    # Chinese and Korean bytes pass for EUC-JP, but Japanese of any length has kana.
    if encoding == "euc_jp" and total >= 10 and (kana + half_width) * 20 < total:
        points *= 0.4
    return points / total


def _plausibility(char: str) -> float:
    for first, last, points in _RANGES:
        if first <= char <= last:
            return points
    try:
        row = char.encode("euc_jp")[0]
    except UnicodeEncodeError:
        return -0.5
    if "\u4e00" <= char <= "\u9fff":
        return 1.0 if 0xB0 <= row <= 0xCF else 0.0  # the rows of the common kanji
    return 0.5 if row in {0xA1, 0xA2} else 0.0


def _stray_kanji(text: str, encoding: str) -> int:
    # A Western quotation mark and the letter after it (0x92 0x73) read as one kanji in Shift_JIS.
    if encoding != "cp932":
        return 0
    padded = f" {text} "
    return sum(
        "\u4e00" <= char <= "\u9fff"
        and before < "\x80"
        and after < "\x80"
        and char.encode("cp932", "replace")[-1] < 0x80
        for (before, char), after in zip(pairwise(padded), padded[2:], strict=False)
    )
