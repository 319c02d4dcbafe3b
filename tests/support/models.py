"""The packaged model, made once for all tests: by two processes at once, which is a test too."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PREPARE = """
import sys
from pathlib import Path
from retrieval.embedders.packaged import prepared
print(prepared(Path(sys.argv[1])).files["model.onnx"])
"""


@dataclass(frozen=True, slots=True)
class Race:
    """What two processes printed that wanted the same model at the same time."""

    models_dir: Path
    outputs: tuple[str, ...]


def raced(models_dir: Path) -> Race:
    """Let two processes prepare the model in one folder."""
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", _PREPARE, str(models_dir)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = tuple(runner.communicate(timeout=300)[0] for runner in runners)
    assert [runner.returncode for runner in runners] == [0, 0]
    return Race(models_dir, outputs)
