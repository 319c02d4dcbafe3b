"""Words and their opposites, to tamper with sentences: written down before the checker's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_ENGLISH: Final = """
increase decrease / increases decreases / increased decreased / increasing decreasing
higher lower / high low / highest lowest / more fewer / most least / greater smaller
larger smaller / largest smallest / large small / longer shorter / long short
before after / above below / over under / first last / earlier later / early late
upper lower / maximum minimum / positive negative / major minor / same different
older younger / oldest youngest / old new / north south / northern southern / east west
eastern western / left right / inside outside / internal external / public private
allow prevent / allows prevents / enable disable / enabled disabled / accept reject
won lost / success failure / successful unsuccessful / gain loss / rise fall / rose fell
improved worsened / improve worsen / better worse / best worst / strong weak / stronger weaker
faster slower / fast slow / male female / men women / father mother / son daughter
begins ends / began ended / opened closed / always never / often rarely / all none
with without / many few / main secondary / possible impossible / common rare
activated inhibited / activation inhibition / promote suppress / promotes suppresses
upregulated downregulated / present absent / presence absence / join leave / joined left
buy sell / bought sold / deep shallow / wide narrow / heavy light / rich poor / summer winter
import export / added removed / add remove / start stop / true false / required optional
"""
_JAPANESE: Final = """
増加 減少 / 上昇 下降 / 上昇 低下 / 拡大 縮小 / 高い 低い / 高く 低く / 最高 最低 / 大きい 小さい
大きな 小さな / 大きく 小さく / 最大 最小 / 多い 少ない / 多く 少なく / 長い 短い / 早い 遅い
以上 以下 / 以前 以後 / 前半 後半 / 前期 後期 / 最初 最後 / 東部 西部 / 北部 南部 / 東側 西側
北側 南側 / 上部 下部 / 内部 外部 / 内側 外側 / 国内 国外 / 男性 女性 / 父 母 / 勝利 敗北
成功 失敗 / 賛成 反対 / 可能 不可能 / 有効 無効 / 必要 不要 / 強い 弱い / 強く 弱く / 新しい 古い
公立 私立 / 入学 卒業
開始 終了 / 開設 閉鎖 / 追加 削除 / 輸入 輸出 / 直接 間接 / 主要 副次 / 肯定 否定 / 優れ 劣り
暖かい 寒い / 夏 冬 / 春 秋 / 朝 夜 / 午前 午後 / 明るい 暗い / 広い 狭い / 近い 遠い / 深い 浅い
常に 稀に / 親 子 / 左 右 / 重い 軽い / 善 悪 / 生 死 / 戦争 平和 / 積極 消極 / 許可 禁止
"""


def _both_ways(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.replace("\n", "/").split("/"):
        if pair.strip():
            first, second = pair.split()
            yield first, second
            yield second, first


ENGLISH: Final = tuple(_both_ways(_ENGLISH))
JAPANESE: Final = tuple(_both_ways(_JAPANESE))
