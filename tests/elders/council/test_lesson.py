"""What learning tasks find in cases."""

from __future__ import annotations

from typing import Any

import pytest

from elders.council.lesson import lesson
from elders.council.model import Case, plan_task
from elders.council.similar import chance, shared
from foundation.clock import Micros
from foundation.errors import InvalidInput
from tests.elders.council.test_model import PATTERN


def told(*texts: str) -> dict[str, Any]:
    cases = [Case(at, f"{at}.log", 0.9, text) for at, text in enumerate(texts)]
    return dict(plan_task("c", PATTERN, cases, deadline=Micros(1))["body"])


def test_cases_that_say_the_same_confirm_and_others_do_not() -> None:
    learned = lesson(told("door 5 opens, pump hot", "the door opens: pump", "something else"))
    assert (learned["cases"], learned["confirmed"]) == (3, 2)
    assert learned["sources"] == ["0.log", "1.log"]
    assert learned["common"] == ["pump", "hot"]


def test_few_cases_change_the_confidence_little_and_many_decide_it() -> None:
    few = lesson(told(*["nothing of it"] * 1))["confidence"]
    many = lesson(told(*["nothing of it"] * 50))["confidence"]
    assert few == pytest.approx(2 * 0.9 / 3)
    assert many < 0.05 < few < PATTERN.confidence


def test_lines_of_a_log_confirm_by_their_order_whatever_varies() -> None:
    lines = ("door <*> opens", "pump <*> starts")
    body = told("Door 5 opens\nheat\npump 7 starts", "pump 7 starts\ndoor 5 opens", "door opens")
    body["pattern"]["lines"] = list(lines)
    assert lesson(body)["sources"] == ["0.log"]


@pytest.mark.parametrize("body", [{}, {"pattern": {}, "cases": []}, None, {"cases": [1]}])
def test_what_is_no_learning_task_is_refused(body: object) -> None:
    with pytest.raises(InvalidInput, match="no learning task"):
        lesson(body)


def test_the_chance_grows_with_the_cosine_and_with_shared_words_and_stays_one() -> None:
    near = chance("door opens", "the door opens", {"dense": 0.9})
    assert near > chance("door opens", "the door opens", {"dense": 0.2})
    assert near > chance("door opens", "pump", {"dense": 0.9})
    assert 0.0 < chance("door opens", "pump", {}) < near < 1.0


def test_a_statement_of_common_words_shares_nothing() -> None:
    assert shared("the of and", "the of and") == 0.0
