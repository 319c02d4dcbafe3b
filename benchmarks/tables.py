"""Write the tables of docs/measuring.md from the results files in docs/results.

    python -m benchmarks.tables [--run] [--homes FOLDER] [--sets NAME …] [--check]

A table stands between `<!-- table: NAME -->` and `<!-- end of table -->`; its name is a measure
(`ndcg@10`), `latency` or `stages`. With `--run` the judged sets of $ELDERS_DATA are evaluated first
and their results files written anew; `--homes` keeps each set's home in this folder, so that the
next run embeds nothing. `--check` writes nothing and fails where the page says something else.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from api.evaluating import evaluate
from api.results import read_results, results, write_results
from benchmarks.corpora import JUDGED, data_file
from foundation.errors import NotFound

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "measuring.md"
RESULTS: Final = DOCS / "results"
_TABLE: Final = re.compile(
    r"(<!-- table: (?P<name>[^ ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL
)
_SHOWN: Final = {"lexical": "BM25"}
_DEFAULT: Final = "default"

Results = Mapping[str, Any]
"""What a results file holds."""


def load(folder: Path = RESULTS) -> list[Results]:
    """Read all results files of a folder, in the order in which sets are listed here."""
    found = [read_results(path) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda each: (_place(each["dataset"]), each["dataset"]))


def filled(page: str, found: Sequence[Results]) -> str:
    """Answer a page with its tables as the results say."""

    def written(match: re.Match[str]) -> str:
        return f"{match[1]}{table(match['name'], found)}\n{match[3]}"

    return _TABLE.sub(written, page)


def table(name: str, found: Sequence[Results]) -> str:
    """Make a table.

    Raises:
        NotFound: no results file has figures of that name.
    """
    if name == "latency":
        return _rows(["set", "p50", "p95"], [_latency(each) for each in found])
    if name == "stages":
        stages = list(dict.fromkeys(stage for each in found for stage in each["stages_ms"]))
        return _rows(["set", *stages], [_stages(each, stages) for each in found])
    modes = list(dict.fromkeys(mode for each in found for mode in each["modes"]))
    modes.sort(key=lambda mode: (mode == _DEFAULT, mode))
    if not all(name in figures for each in found for figures in each["modes"].values()):
        raise NotFound(f"no results file has a measure {name!r}: evaluate with it, or name another")
    heads = ["set", *(_SHOWN.get(mode, mode) for mode in modes)]
    return _rows(heads, [_quality(each, modes, name) for each in found])


def run(names: Sequence[str], homes: Path | None) -> None:
    """Evaluate judged sets and write what they say."""
    for name in names:
        folder = data_file(name, "qrels.tsv").parent
        print(f"{name} …", flush=True)
        found = evaluate(folder, home=homes / name if homes else None)
        write_results(RESULTS / f"{name}.json", results(found, settings={}))


def _place(dataset: str) -> int:
    return JUDGED.index(dataset) if dataset in JUDGED else len(JUDGED)


def _named(each: Results) -> str:
    return f"{each['dataset']} ({each['queries']:,} queries)"


def _quality(each: Results, modes: Sequence[str], measure: str) -> list[str]:
    """Write one set's figures, the best (to the digits that are shown) in bold."""
    shown = {mode: f"{figures[measure]:.3f}" for mode, figures in each["modes"].items()}
    best = max(shown.values())
    cells = [shown.get(mode, "") for mode in modes]
    return [_named(each), *(f"**{cell}**" if cell == best else cell for cell in cells)]


def _latency(each: Results) -> list[str]:
    return [_named(each), *(f"{each['latency_ms'][share]:.1f}" for share in ("p50", "p95"))]


def _stages(each: Results, stages: Sequence[str]) -> list[str]:
    took = each["stages_ms"]
    cells = [
        f"{took[stage]['p50']:.1f} / {took[stage]['p95']:.1f}" if stage in took else ""
        for stage in stages
    ]
    return [_named(each), *cells]


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(heads) - 1)]
    lines = (f"| {' | '.join(cells)} |" for cells in (heads, *rows))
    return "\n".join([next(lines), f"|{'|'.join(ruler)}|", *lines])


def main() -> int:
    """Bring the page's tables up to date; answer 1 where they are not and may not be written."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--sets", nargs="+", default=JUDGED)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.run:
        run(options.sets, options.homes)
    page = PAGE.read_text(encoding="utf-8")
    wanted = filled(page, load())
    if options.check:
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
