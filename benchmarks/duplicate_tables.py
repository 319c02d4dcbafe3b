"""The figures of the search for near duplicates, as tables and a plot in the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "duplicates.md"
PLOT: Final = DOCS / "images" / "near_duplicates.svg"

Report = dict[str, Any]


def tables(report: Report) -> dict[str, str]:
    """Lay out the report: a Markdown table for each marker in the page."""
    return {
        "planted": _planted(report["neardup-1000"]),
        "english": _degrees(report["peps"], "words edited"),
        "japanese": _degrees(report["jsquad-valid-ja"], "characters edited"),
        "variants": _variants(report["variants"]),
        "chains": _chains(report["chains"]),
    }


def fill(made: Mapping[str, str]) -> None:
    """Put tables between their markers in the page."""
    page = PAGE.read_text(encoding="utf-8")
    for name, table in made.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, found, rest = page.partition(opening)
        _, closed, tail = rest.partition(closing)
        if not (found and closed):
            raise SystemExit(f"{PAGE} lacks the markers {opening.strip()} and {closing}")
        page = f"{head}{opening}{table}\n{closing}{tail}"
    PAGE.write_text(page, encoding="utf-8")


def draw(report: Report, path: Path = PLOT) -> None:
    """Draw recall and precision over the degree of edit, English beside Japanese."""
    path.parent.mkdir(parents=True, exist_ok=True)
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "near-duplicates"  # the same figures make the same file
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    titles = {"peps": "PEPs, words edited", "jsquad-valid-ja": "Japanese, characters edited"}
    lines = {
        "merged": ("recall: merged", "o-", "tab:blue"),
        "found": ("recall: merged or for review", "s-", "tab:cyan"),
        "precision": ("precision: merged", "^--", "tab:red"),
        "review_precision": ("precision: for review", "v--", "tab:orange"),
    }
    for axis, (name, title) in zip(axes, titles.items(), strict=True):
        degrees = [100 * row["degree"] for row in report[name]]
        for key, (label, style, colour) in lines.items():
            values = [_drawn(row, key) for row in report[name]]
            axis.plot(degrees, values, style, color=colour, label=label)
        axis.set(title=title, xlabel="%", ylim=(-0.03, 1.03), xticks=degrees)
        axis.tick_params(axis="x", labelsize=8)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("share")
    axes[1].legend(loc="center right", fontsize=8)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _drawn(row: Mapping[str, Any], key: str) -> float:
    """Leave out a precision that rests on fewer than 20 pairs: it would look like a finding."""
    pairs = {"precision": "merged_pairs", "review_precision": "review_pairs"}
    few = key in pairs and row[pairs[key]] < 20
    return float("nan") if few or row[key] is None else float(row[key])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _degrees(rows: Sequence[Mapping[str, Any]], what: str) -> str:
    header = [what, "mean Jaccard", "recall: merged", "recall: merged or for review"]
    header += ["precision: merged", "by planted pairs alone", "precision: for review"]
    return table(
        header,
        [
            [
                f"{row['degree']:.0%}",
                *(_share(row[key]) for key in ("jaccard", "merged", "found")),
                _share_of(row["precision"], row["merged_pairs"]),
                _share(row["planted_precision"]),
                _share_of(row["review_precision"], row["review_pairs"]),
            ]
            for row in rows
        ],
    )


def _share_of(value: float | None, pairs: int) -> str:
    return "–" if value is None else f"{value:.3f} of {pairs}"


def _planted(row: Mapping[str, Any]) -> str:
    return table(
        ["documents", "candidates compared", "precision", "recall", "F1"],
        [
            [str(row["documents"]), str(row["candidates"])]
            + [_share(row[key]) for key in ("precision", "recall", "f1")]
        ],
    )


def _variants(row: Mapping[str, int]) -> str:
    records = row["records"]
    versions, kept = row["versions_above_merge"], row["versions_for_review"]
    return table(
        ["pairs", "in all", "at or above 0.85", "of these merged"],
        [
            [
                "a PEP and itself with its most frequent number changed (different records)",
                str(records),
                str(row["records_above_merge"]),
                str(row["records_merged"]),
            ],
            [
                "a PEP's version and the next (the same record)",
                str(row["versions"]),
                str(versions),
                str(versions - kept),
            ],
        ],
    )


def _chains(row: Mapping[str, Any]) -> str:
    header = ["rule", "groups", "merged into a canonical document"]
    header += ["of these less than 0.6 like it", "the least like it"]
    names = {"components": "links alone (connected components)", "groups": "the rule above"}
    keys = ("groups", "merged", "merged_unlike")
    return table(
        header,
        [
            [name, *(str(row[kind][key]) for key in keys), _share(row[kind]["lowest"])]
            for kind, name in names.items()
        ],
    )
