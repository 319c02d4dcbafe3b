"""Server-sent events come out the same however their bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.events import Event, EventReader

LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)


def read(*blocks: bytes) -> list[Event]:
    reader = EventReader()
    return [event for block in blocks for event in reader.feed(block)]


@pytest.mark.parametrize(
    ("written", "events"),
    [
        (b"data: one\n\n", [Event("message", "one")]),
        (b"event: done\ndata:one\ndata:  two\n\n", [Event("done", "one\n two")]),
        (b": still here\n\ndata: x\r\n\r\n", [Event("message", "x")]),
        (
            b"id: 7\ndata: a\n\ndata: b\n\n",
            [Event("message", "a", "7"), Event("message", "b", "7")],
        ),
        (b"id: 7\nevent: empty\n\ndata: b\r\r", [Event("message", "b", "7")]),
        (b"data\nretry: 3\nid: a\0b\n\n", [Event("message", "")]),
        (b"data: cut", []),
        ("data: a\u2028b\x0b\x85\n\n".encode(), [Event("message", "a\u2028b\x0b\x85")]),
        (b"data: \xff\n\n", [Event("message", "\ufffd")]),
    ],
)
def test_events_are_found(written: bytes, events: list[Event]) -> None:
    assert read(written, b"\n" if written.endswith(b"\r") else b"") == events


@given(
    events=st.lists(st.tuples(NAMES, st.lists(LINES, min_size=1, max_size=3)), max_size=4),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    data=st.data(),
)
def test_any_cut_gives_the_same_events(
    events: list[tuple[str, list[str]]], end: str, data: st.DataObject
) -> None:
    text = "".join(
        end.join([f"event: {name}", *(f"data: {line}" for line in lines), "", ""])
        for name, lines in events
    )
    written = text.encode() + b":\n"  # it tells a last line's carriage return from half an end
    cuts = data.draw(st.lists(st.integers(0, len(written)), max_size=6).map(sorted))
    blocks = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    assert read(*blocks) == [Event(name, "\n".join(lines)) for name, lines in events]
