"""Words that mean the opposite of each other, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PAIRS: Final = """
more less, more fewer, many few, most least, most fewest, high low, higher lower, highest lowest,
great small, greater smaller, greatest smallest, large small, larger smaller, largest smallest,
big small, bigger smaller, biggest smallest, long short, longer shorter, longest shortest, old new,
old young, older younger, older newer, oldest youngest, oldest newest, early late, earlier later,
earliest latest, fast slow, faster slower, fastest slowest, strong weak, stronger weaker, good bad,
better worse, best worst, easy hard, wide narrow, wider narrower, deep shallow, heavy light, rich
poor, hot cold, warm cool, hard soft, near far, before after, above below, over under, up down, in
out, inside outside, within beyond, first last, upper lower, maximum minimum, max min, positive
negative, major minor, same different, similar different, north south, northern southern, east west,
eastern western, left right, top bottom, front back, internal external, inner outer, public private,
male female, man woman, men women, boy girl, boys girls, father mother, son daughter, brother
sister, husband wife, allow prevent, allows prevents, allowed prevented, allow forbid, accept
reject, accepted rejected, win lose, won lost, success failure, succeed fail, succeeded failed,
succeeds fails, gain loss, gained lost, rise fall, rises falls, rose fell, raise lower, grow shrink,
grew shrank, improve worsen, improves worsens, improved worsened, begin end, begins ends, began
ended, start stop, starts stops, started stopped, open close, opened closed, open closed, often
rarely, true false, activate inhibit, activates inhibits,
activated inhibited, activation inhibition, promote suppress, promotes suppresses, present absent,
presence absence, join leave, joined left, enter leave, buy sell, bought sold, add remove, adds
removes, added removed, push pull, send receive, sent received, required optional, safe dangerous,
cause prevent, causes prevents, caused prevented, support oppose, supported opposed, increase
reduce, increases reduces, increased reduced, start end, on off, create delete, insert delete, new
used, lend borrow, read write, encode decode, encrypt decrypt, compress decompress, allow deny,
grant revoke, pros cons, benefits drawbacks, benefits risks, gain lose, girlfriend boyfriend, he
she, his her, love hate, input output, client server, easy difficult, active passive, ascending
descending, arrive depart, arrival departure, login logout, show hide, attach detach
"""
_CHARACTERS: Final = """
高低 大小 多少 長短 早遅 速遅 強弱 新旧 新古 広狭 深浅 近遠 重軽 明暗 上下 前後 内外 東西 南北 左右
男女 有無 増減 昇降 入出 開閉 始終 勝敗 勝負 正負 陽陰 加減 売買 生死 公私 表裏 善悪 優劣 夏冬 春秋
昼夜 父母 夫妻 貸借 兄姉 弟妹 兄弟 姉妹 暑寒 熱冷 厚薄 太細 古若 老若 主従 利害 得失 硬軟 濃淡 先後
初終
"""
_COMPOUNDS: Final = """
増加 減少, 増大 減少, 上昇 低下, 上昇 下降, 向上 低下, 拡大 縮小, 成功 失敗, 賛成 反対, 追加 削除,
開始 終了, 必要 不要, 勝利 敗北, 肯定 否定, 許可 禁止, 直接 間接, 最初 最後, 加入 脱退, 入学 卒業,
開設 閉鎖, 設立 解散, 積極 消極, 促進 抑制, 活性 抑制, 原因 結果, 有効 無効, 単純 複雑, 安全 危険,
得意 苦手, 開始 停止, 起動 停止, 作成 削除, 登録 解除, 接続 切断, 許可 拒否, 送信 受信, 購入 売却,
利点 欠点, 合法 違法, 暗号 復号, 圧縮 解凍, メリット デメリット, ログイン ログアウト,
インストール アンインストール, アップグレード ダウングレード
"""


def _both_ways(text: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in text.split(","):
        first, second = pair.split()
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return {word: frozenset(others) for word, others in found.items()}


_ENGLISH: Final = _both_ways(_PAIRS)
_JAPANESE: Final = _both_ways(_COMPOUNDS)
_SINGLE: Final = _both_ways(",".join(" ".join(pair) for pair in _CHARACTERS.split()))

LISTED: Final = frozenset((*_ENGLISH, *_JAPANESE, *_SINGLE))
"""Every word and kanji of the lists: others are known by how they begin alone (un-, in-, 不)."""

_LEADING: Final = (
    ("in", "de"), ("up", "down"), ("over", "under"), ("hyper", "hypo"), ("pre", "post"),
    ("pro", "anti"), ("im", "ex"), ("inter", "intra"), ("out", "in"), ("for", "back"),
    ("en", "dis"),
)  # fmt: skip
_DENYING: Final = ("un", "in", "im", "ir", "il", "dis", "non")
_DENYING_KANJI: Final = frozenset("不非無未")
_STEM: Final = 4
"""Letters that an English word needs behind what turns it round."""


def opposite(first: str, second: str) -> bool:
    """Tell whether two words, in lower case, are opposites: more and less, 増加 and 減少."""
    if second in _ENGLISH.get(first, ()) or second in _JAPANESE.get(first, ()):
        return True
    return _denied(first, second) or _denied(second, first) or _turned(first, second)


def _denied(word: str, plain: str) -> bool:
    """Tell whether a word is another one with un-, in- or, wherever it stands, 不 or the like."""
    if plain.isascii():
        return len(plain) >= _STEM and any(word == start + plain for start in _DENYING)
    return len(word) == len(plain) + 1 and any(
        character in _DENYING_KANJI and word[:at] + word[at + 1 :] == plain
        for at, character in enumerate(word)
    )


def _turned(first: str, second: str) -> bool:
    """Tell whether words differ in how they begin (increase, decrease) or a kanji (東部, 西部)."""
    for one, other in _LEADING:
        for a, b in ((one, other), (other, one)):
            rest = first.removeprefix(a)
            if len(rest) >= _STEM and rest != first and second == b + rest:
                return True
    if len(first) != len(second):
        return False
    differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(differing) == 1 and differing[0][1] in _SINGLE.get(differing[0][0], ())
