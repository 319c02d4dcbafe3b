"""What somebody wants who asks, and when two questions are one: the words that people judge by."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

from foundation.errors import InvalidInput

LONGEST_QUESTION: Final = 600
"""Characters of a judged question in its one spelling: an index takes no more than 2,700 bytes."""


class Intent(StrEnum):
    """What somebody wants who asks; each but the last three is a kind of page, too."""

    TECHNICAL = "technical"
    CONCEPTUAL = "conceptual"
    TROUBLESHOOTING = "troubleshooting"
    PERFORMANCE = "performance"
    FACTUAL = "factual"
    COMPARISON = "comparison"
    MULTI_HOP = "multi-hop"
    NAVIGATIONAL = "navigational"


def one_spelling(question: str) -> str:
    """Write a question in the one way of all its spellings: width, case and space do not matter."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split())


def checked_question(question: str) -> str:
    """Answer the one spelling of a question that people may judge.

    Raises:
        InvalidInput: nothing is left of it, or it is longer than questions are.
    """
    subject = one_spelling(question)
    if not subject:
        raise InvalidInput("the question is empty: say what was searched for")
    if len(subject) > LONGEST_QUESTION:
        raise InvalidInput(
            f"the question has {len(subject):,} characters; an intent is said of questions of at"
            f" most {LONGEST_QUESTION}"
        )
    return subject
