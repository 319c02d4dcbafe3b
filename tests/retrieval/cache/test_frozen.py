from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from api.rendering import search_out
from retrieval.cache.codec import body_of, from_bytes, to_bytes
from retrieval.cache.frozen import frozen
from tests.retrieval.cache.made import entry, result


def test_a_frozen_result_equals_the_one_it_was_made_of() -> None:
    assert frozen(result()) == result()
    assert asdict(frozen(result())) == asdict(result())


def test_nobody_can_change_it_for_others() -> None:
    made: Any = frozen(result())
    metadata = made.hits[0].metadata
    changes: list[Callable[[], object]] = [
        lambda: metadata.update(x=1),
        lambda: metadata.__setitem__("x", 1),
        lambda: metadata.pop("year"),
        lambda: metadata["tags"].append("y"),
        metadata["tags"][1]["deep"].sort,
        made.hits.clear,
        lambda: made.hits.__delitem__(0),
        lambda: made.notes.append("x"),
        lambda: made.timings_ms.setdefault("x", 1),
        made.hits[0].citation.sources[0].metadata.clear,
    ]
    for change in changes:
        with pytest.raises(TypeError, match="copy it"):
            change()
    assert made == result()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_a_copy_can_be_changed(copied: Any) -> None:
    made = copied(frozen(result()))
    made.hits[0].metadata["tags"].append("y")
    assert made.hits[0].metadata["tags"][-1] == "y"


def test_the_bytes_are_what_the_http_door_answers() -> None:
    assert json.loads(body_of(result())) == search_out(result()).model_dump(mode="json")


def test_an_entry_comes_back_from_bytes_as_it_was() -> None:
    assert from_bytes(to_bytes(entry())) == entry()


@pytest.mark.parametrize("cut", range(0, len(to_bytes(entry())) - 1, 37))
def test_half_an_entry_is_none(cut: int) -> None:
    assert from_bytes(to_bytes(entry())[:cut]) is None
