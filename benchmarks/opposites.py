"""Words and their opposites, to tamper with sentences: none of a word that the checker lists.

They were chosen without regard to how the checker works, so what it finds of them says how it does
on opposites in general; what it lists, it finds. A pair that comes into its list is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from retrieval.answers.opposites import LISTED

_ENGLISH: Final = """
empty full / clean dirty / wet dry / loud quiet / alive dead / born died / birth death
thick thin / ancient modern / urban rural / temporary permanent / victory defeat
victories defeats / friend enemy / friends enemies / allies enemies / peace war / day night
morning evening / summer winter / spring autumn / king queen / prince princess / actor actress
uncle aunt / nephew niece / hero villain / teacher student / teachers students / parent child
parents children / employer employee / question answer / attack defend / attacked defended
ascend descend / expand contract / expanded contracted / appear disappear / appeared disappeared
agree disagree / agreed disagreed / built destroyed / build demolish / captured released
remember forget / reveal conceal / revealed concealed / simple complex / single multiple
single married / smooth rough / solid liquid / sweet bitter / straight curved / tight loose
toxic harmless / vertical horizontal / voluntary compulsory / wild tame / wise foolish
acute chronic / benign malignant / central peripheral / domestic foreign / dominant recessive
deficiency excess / formal informal / general specific / gradual sudden / guilty innocent
healthy sick / legal illegal / liberal conservative / local global / local national
majority minority / maternal paternal / mature immature / natural artificial / normal abnormal
partial complete / primary secondary / professional amateur / proximal distal / real fictional
regular irregular / senior junior / superior inferior / surplus deficit / survived died
theoretical practical / visible invisible / predecessor successor / debut farewell / host guest
hired dismissed / elected defeated / praised criticised / praised criticized
supporters opponents / protagonist antagonist / known unknown / successful unsuccessful
possible impossible / stable unstable / dependent independent / direct indirect
complete incomplete / common rare / common uncommon / always never / all none / enabled disabled
upregulated downregulated / import export / imported exported / main secondary / married divorced
together apart / together alone / famous obscure / popular unpopular
"""
_JAPANESE: Final = """
平和 戦争 / 都市 農村 / 現代 古代 / 到着 出発 / 満足 不満 / 結婚 離婚 / 誕生 死亡 / 誕生 死去
自然 人工 / 客観 主観 / 具体 抽象 / 理論 実践 / 質問 回答 / 需要 供給 / 生産 消費 / 攻撃 防御
攻撃 守備 / 合格 不合格 / 一般 特殊 / 臨時 恒久 / 集中 分散 / 集団 個人 / 全体 部分 / 合成 分解
建設 破壊 / 発生 消滅 / 収入 支出 / 黒字 赤字 / 希望 絶望 / 保守 革新 / 楽観 悲観 / 支配 服従
独立 従属 / 豊富 不足 / 過剰 不足 / 乾燥 湿潤 / 水平 垂直 / 固体 液体 / 都会 田舎 / 採用 解雇
就任 辞任 / 就任 退任 / 登場 退場 / 与党 野党 / 偶然 必然 / 義務 権利 / 必須 任意 / 同意 拒絶
簡単 困難 / 容易 困難 / 生まれ 死に / 与え 奪い / 甘い 辛い / 完全 不完全 / 可能 不可能
公式 非公式 / 安定 不安定 / 輸入 輸出 / 国内 国外 / 主要 副次 / 暖かい 寒い / 常に 稀に / 親 子
広大 狭小 / 午前 午後 / 著名 無名 / 共同 単独 / 継続 中断 / 復活 廃止 / 導入 廃止
"""


def _both_ways(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.replace("\n", "/").split("/"):
        if pair.strip():
            first, second = pair.split()
            if not LISTED & {first, second}:
                yield first, second
                yield second, first


ENGLISH: Final = tuple(_both_ways(_ENGLISH))
JAPANESE: Final = tuple(_both_ways(_JAPANESE))
