from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage, elder
from elders.messages import Message, Step
from elders.tree.escalation import DEPTH_LIMIT, due_at, risen
from foundation.clock import Micros
from foundation.errors import Conflict

NOW = Micros(7_000_000)
TASK = Message("task_sage", "servant.one", "task", {}, Micros(0), key="k")


def rise(message: Message, *, critical: bool = False) -> Message:
    return risen(message, reason="too hard", now=NOW, critical=critical)


def test_it_rises_one_level_at_a_time_and_keeps_its_key() -> None:
    once = rise(TASK)
    assert (once.sender, once.recipient, once.key) == ("servant.one", "task_sage", "k")
    assert once.history == (Step("servant.one", "task_sage", NOW, "too hard"),)
    top = rise(rise(once))
    assert top.recipient == GRAND_ELDER
    assert [step.recipient for step in top.history] == ["task_sage", CLAUDE_ELDER, GRAND_ELDER]
    assert len({TASK.id, once.id, top.id}) == 3
    with pytest.raises(Conflict, match="nobody is above grand_elder"):
        rise(top)


def test_a_servant_passes_it_back_to_the_sage_that_sent_it_or_else_to_its_own() -> None:
    own = {"servant.one": Sage.KNOWLEDGE}
    for sender, above in (("rag_sage", "rag_sage"), ("servant.two", "knowledge_sage")):
        message = replace(TASK, sender=sender)
        assert risen(message, reason="no", now=NOW, superiors=own).recipient == above


@pytest.mark.parametrize("holder", ["servant.one", "rag_sage", CLAUDE_ELDER])
def test_a_critical_failure_goes_straight_to_the_top(holder: str) -> None:
    top = rise(replace(TASK, recipient=holder), critical=True)
    assert (top.sender, top.recipient, len(top.history)) == (holder, GRAND_ELDER, 1)


def test_what_has_been_that_high_does_not_rise_there_again() -> None:
    sent_down = replace(rise(rise(TASK)), sender=CLAUDE_ELDER, recipient="task_sage")
    with pytest.raises(Conflict, match="at the level of claude_elder already"):
        rise(sent_down)


def test_a_history_that_is_too_long_ends_it() -> None:
    step = Step("servant.one", "servant.two", NOW, "round and round")
    with pytest.raises(Conflict, match="8 steps behind it"):
        rise(replace(TASK, history=(step,) * DEPTH_LIMIT))


@given(
    holder=st.sampled_from(["servant.one", *map(str, Sage), CLAUDE_ELDER]),
    critical=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_levels_only_rise_and_it_comes_to_an_end(holder: str, critical: Sequence[bool]) -> None:
    message = replace(TASK, recipient=holder)
    levels = [elder(holder).level]
    with pytest.raises(Conflict):  # noqa: PT012 - how soon depends on the way
        for each in critical:
            message = rise(message, critical=each)
            levels.append(elder(message.recipient).level)
    assert levels == sorted(set(levels))
    assert levels[-1] is Level.GRAND_ELDER


def test_nobody_is_above_the_grand_elder_to_take_it_from_there() -> None:
    assert due_at(Level.SAGE, NOW) == NOW + 300_000_000
    assert due_at(Level.GRAND_ELDER, NOW) is None
