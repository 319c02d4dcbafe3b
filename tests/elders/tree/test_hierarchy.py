from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage, elder
from elders.messages import Message, Step
from elders.tree.escalation import risen
from elders.tree.hierarchy import check_arrived, check_path, may_send, proper_path, superior
from foundation.clock import Micros
from foundation.errors import Forbidden, InvalidInput

NOW = Micros(1)
SUPERIORS = {"servant.scribe": Sage.KNOWLEDGE}
MEMBERS = st.sampled_from(
    [GRAND_ELDER, CLAUDE_ELDER, *Sage, "servant.one", "servant.two", "servant.scribe"]
).map(str)


@pytest.mark.parametrize(
    ("sender", "recipient", "path"),
    [
        ("servant.one", CLAUDE_ELDER, "servant.one -> task_sage -> claude_elder"),
        ("servant.scribe", CLAUDE_ELDER, "servant.scribe -> knowledge_sage -> claude_elder"),
        (GRAND_ELDER, "servant.one", "grand_elder -> claude_elder -> task_sage -> servant.one"),
        ("rag_sage", GRAND_ELDER, "rag_sage -> claude_elder -> grand_elder"),
        ("servant.scribe", "servant.one", "servant.scribe -> task_sage -> servant.one"),
        ("servant.one", "servant.two", "servant.one -> task_sage -> servant.two"),
    ],
)
def test_sending_past_the_hierarchy_is_refused_with_the_proper_path(
    sender: str, recipient: str, path: str
) -> None:
    with pytest.raises(Forbidden, match=path):
        check_path(sender, recipient, SUPERIORS)


@given(sender=MEMBERS, recipient=MEMBERS)
def test_every_step_of_a_proper_path_is_allowed(sender: str, recipient: str) -> None:
    path = proper_path(sender, recipient, SUPERIORS)
    assert (path[0], path[-1]) == (sender, recipient)
    assert len(set(path)) == len(path)
    assert all(may_send(one, other) for one, other in pairwise(path))
    if may_send(sender, recipient):
        check_path(sender, recipient, SUPERIORS)


@given(name=MEMBERS)
def test_a_superior_is_one_level_up(name: str) -> None:
    above = superior(name, SUPERIORS)
    assert (
        above is None if name == GRAND_ELDER else elder(above or "").level == elder(name).level + 1
    )


def test_sages_speak_with_each_other_and_nobody_with_himself() -> None:
    assert may_send(Sage.TASK, Sage.INCIDENT)
    assert elder("servant.one").level is Level.SERVANT
    for name in (Sage.TASK, CLAUDE_ELDER, "servant.one"):
        with pytest.raises(Forbidden, match="itself"):
            check_path(name, name)


def test_strangers_are_named() -> None:
    with pytest.raises(InvalidInput, match="'nobody' is no member"):
        check_path("nobody", CLAUDE_ELDER)


@given(sender=MEMBERS, recipient=MEMBERS)
def test_what_arrives_is_held_to_what_may_be_sent(sender: str, recipient: str) -> None:
    sent = Message(sender, recipient, "t", {}, NOW)
    if may_send(sender, recipient):
        check_arrived(sent)
    else:
        with pytest.raises(Forbidden):
            check_arrived(sent)


def test_what_rose_arrives_wherever_its_steps_lead() -> None:
    first = Message(Sage.TASK, "servant.one", "t", {}, NOW)
    straight = risen(first, reason="it burns", now=NOW, critical=True)
    assert straight.recipient == GRAND_ELDER
    check_arrived(straight)
    slow = risen(risen(first, reason="late", now=NOW), reason="late", now=NOW)
    check_arrived(replace(slow, sender=slow.recipient))


@pytest.mark.parametrize(
    "steps",
    [
        (Step("servant.one", Sage.TASK, NOW, ""),),
        (Step(GRAND_ELDER, CLAUDE_ELDER, NOW, ""), Step("servant.one", GRAND_ELDER, NOW, "")),
        (Step("servant.two", GRAND_ELDER, NOW, ""),),
        (Step("servant.two", Sage.TASK, NOW, ""), Step("servant.one", GRAND_ELDER, NOW, "")),
    ],
    ids=["not to here", "downwards", "another's", "a gap"],
)
def test_an_invented_history_lets_nothing_pass(steps: tuple[Step, ...]) -> None:
    with pytest.raises(Forbidden, match="history"):
        check_arrived(Message("servant.one", GRAND_ELDER, "t", {}, NOW, history=steps))


def test_who_is_no_member_is_not_heard() -> None:
    with pytest.raises(InvalidInput, match="tailor"):
        check_arrived(Message("tailor", Sage.TASK, "t", {}, NOW))
