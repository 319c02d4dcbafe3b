"""Writes the names into a picture of a graph so that none covers another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.patheffects import withStroke

from api.romaji import romanise
from knowledge.language import CJK_RUN

_LATIN_FONT: Final = "DejaVu Sans"
_JAPANESE_FONTS: Final = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "VL Gothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
)
_LONGEST: Final = 34
_AROUND: Final = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1))
_FARTHER: Final = (1.0, 2.0, 3.0, 4.5)
_ALONG: Final = (0.5, 0.4, 0.6, 0.32, 0.68)
_MARGIN: Final = 2.0
"""Pixels around a label."""

_OUTSIDE: Final = 50.0
"""A pixel outside the picture is as bad as so many that cover another label."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in pixels."""


@dataclass(frozen=True, slots=True)
class Letters:
    """How labels can be written with the fonts that there are.

    Attributes:
        japanese: one of the families is a Japanese font.
    """

    families: Sequence[str]
    japanese: bool

    def replaced(self, label: str) -> bool:
        """Tell whether a label is written otherwise than it is spelt."""
        return not self.japanese and CJK_RUN.search(label) is not None

    def write(self, label: str) -> str:
        """Write a label, shortened where it is long, with "?" for what no font has."""
        written = romanise(label) if self.replaced(label) else label
        fonts = [get_font(findfont(family)) for family in self.families]
        shown = "".join(
            char if any(font.get_char_index(ord(char)) for font in fonts) else "?"
            for char in " ".join(written.split())
        )
        return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


@dataclass(frozen=True, slots=True)
class Label:
    """What is written beside a node of so many points, or (quietly) on a line from it."""

    text: str
    place: tuple[float, float]
    radius: float = 0.0
    bold: bool = False
    toward: tuple[float, float] | None = None


def known_letters() -> Letters:
    """Look for a Japanese font."""
    known = {font.name for font in fontManager.ttflist}
    japanese = [name for name in _JAPANESE_FONTS if name in known][:1]
    return Letters([_LATIN_FONT, *japanese], bool(japanese))


def write_labels(
    axes: Axes, renderer: RendererBase, labels: Iterable[Label], families: Sequence[str]
) -> None:
    """Write each label where it covers least of those before it and of the nodes.

    Greedy: the most important labels come first; each tries the eight sides of its node, then
    farther away, where a thin line leads back. What is on a line tries other parts of it.
    """
    wanted = list(labels)
    scale = float(np.asarray(renderer.points_to_pixels(1.0)))
    taken = [_disc(axes, label, scale) for label in wanted if label.toward is None]
    for label in wanted:
        text = axes.text(*label.place, label.text, fontfamily=list(families), **_style(label))
        size = text.get_window_extent(renderer)
        half = size.width / 2 + _MARGIN, size.height / 2 + _MARGIN
        centres = list(_centres(axes, label, half, scale))
        boxes = [(x - half[0], y - half[1], x + half[0], y + half[1]) for x, y in centres]
        costs = [_cost(box, taken, axes) + place for place, box in enumerate(boxes)]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        x, y = axes.transData.inverted().transform(centres[best])
        text.set_position((x, y))
        if label.toward is None and best >= len(_AROUND):
            axes.plot([label.place[0], x], [label.place[1], y], color="#aaaaaa", lw=0.5, zorder=2)


def _style(label: Label) -> dict[str, Any]:
    style: dict[str, Any] = {"ha": "center", "va": "center", "parse_math": False}
    if label.toward is not None:
        blank = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        return {**style, "fontsize": 7, "color": "#444444", "bbox": blank, "zorder": 2.5}
    halo = [withStroke(linewidth=2.5, foreground="white")]
    weight = "bold" if label.bold else "normal"
    return {**style, "fontsize": 9, "fontweight": weight, "path_effects": halo, "zorder": 5}


def _centres(
    axes: Axes, label: Label, half: tuple[float, float], scale: float
) -> Iterator[tuple[float, float]]:
    """Yield where the middle of a label may be, in pixels, the best place first."""
    x, y = axes.transData.transform(label.place)
    if label.toward is not None:
        u, v = axes.transData.transform(label.toward)
        yield from ((x + part * (u - x), y + part * (v - y)) for part in _ALONG)
        return
    for times in _FARTHER:
        away = times * label.radius * scale
        for right, up in _AROUND:
            slant = 0.7 if right and up else 1.0
            yield x + right * (half[0] + slant * away), y + up * (half[1] + slant * away)


def _disc(axes: Axes, label: Label, scale: float) -> Box:
    """Answer the square that a node covers."""
    x, y = axes.transData.transform(label.place)
    radius = 0.85 * label.radius * scale
    return x - radius, y - radius, x + radius, y + radius


def _cost(box: Box, taken: Sequence[Box], axes: Axes) -> float:
    """Count the pixels of what a label would cover, and of what would be outside."""
    frame = axes.get_window_extent()
    inside = _shared(box, (frame.x0, frame.y0, frame.x1, frame.y1))
    outside = (box[2] - box[0]) * (box[3] - box[1]) - inside
    return sum(_shared(box, other) for other in taken) + _OUTSIDE * outside


def _shared(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
