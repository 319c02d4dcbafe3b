"""Lists of words, written as text rather than as columns of quotes."""

from __future__ import annotations


def words(listed: str) -> frozenset[str]:
    """Split a text into its words."""
    return frozenset(listed.split())
