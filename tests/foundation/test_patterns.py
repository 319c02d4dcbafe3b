"""A deferred pattern does what the compiled one does, and nothing before."""

from __future__ import annotations

import re

import pytest

from foundation.patterns import deferred


def test_it_finds_what_the_compiled_pattern_finds() -> None:
    for given in (deferred("(?P<a>b+)", re.IGNORECASE), re.compile("(?P<a>b+)", re.IGNORECASE)):
        assert [found["a"] for found in given.finditer("abBcb")] == ["bB", "b"]
        assert given.sub("x", "abBcb") == "axcx"
        assert (given.pattern, given.groups) == ("(?P<a>b+)", 1)
        assert given.fullmatch("c") is None


def test_a_fault_shows_when_it_is_used() -> None:
    wrong = deferred("(")
    with pytest.raises(re.error):
        wrong.search("a")
