"""Finds English noun phrases to the left and to the right of a place, by closed word classes alone.

No tagger: a phrase ends at a word that no noun phrase goes on behind, at punctuation, at a
participle with something behind it. It costs some ten microseconds where a tagger costs
milliseconds; what it can't be sure of, it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from knowledge.extraction.normalise import clean_surface
from knowledge.extraction.word_lists import (
    ADJUNCTS,
    ARTICLES,
    CLAUSE_WORDS,
    CONNECTORS,
    IRREGULAR_PARTICIPLES,
    NOUNS_LIKE_ADVERBS,
    NOUNS_LIKE_PARTICIPLES,
    PREPOSITIONS,
    SURE_PARTICIPLES,
)

Place = tuple[int, int]
"""Where a phrase starts and ends."""

_TOKEN: Final = re.compile(
    r"(?:[A-Z]\.){1,4}(?=\s+[A-Z])|(?:St|Mt|Mr|Mrs|Ms|Dr|Jr|Sr)\.(?=\s)"
    r"|[$@.]?[^\W_](?:[\w+#'’/&]|[.–-](?=\w))*+(?:\(\))?|&"
)
_GAP: Final = re.compile(r"[ \t]+\n?[ \t]*|\n[ \t]*")
_QUOTED: Final = re.compile(
    r"\s*(?:an?\s+|the\s+)?[\"“«]\s?(?P<said>[^\"“”«»\n]{2,80}?)[,.]?\s?[\"”»]"
)
_DETERMINER: Final = re.compile(r"\s*(?:(?:an?|the|its|their)(?=\s))?\s*", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"(?P<code>```[\s\S]*?(?:```|\Z))|!?\[(?P<label>[^\[\]\n]{0,200})\]\([^()\n]{0,500}\)"
    r"|(?P<quote>``(?=\s?[A-Z][^`\n]{0,80}'')|'')|:[a-z]+:(?=`)|<[^<>\n]{1,300}>|`_+|[`*]+"
)
_AND: Final = re.compile(r"\s(?:and|&)\s")
_DASH: Final = re.compile(r"\s+(?:-\s*|['’])\w")
_APPOSED: Final = re.compile(r"(?<=.)[(\[,]", re.DOTALL)
_LEADING: Final = re.compile(r"(?:[-*+>#•|]+\s+|\d{1,3}[.)]\s+)*")

_POINTING: Final = frozenset({"This", "These", "That", "It", "If", "When"})

NAME_STOPS: Final = CLAUSE_WORDS | PREPOSITIONS
_LONGEST: Final = 100
_FARTHEST: Final = 600
"""Characters: of a phrase, and from a sentence's start to a verb whose subject stands there."""


class Prose:
    """A passage as the patterns read it.

    Attributes:
        text: the passage with its markup blanked out, so that offsets stay; code is NUL.
        known: names that are mentioned in it; those of several words case folded.
    """

    __slots__ = ("known", "text")

    def __init__(self, text: str, names: Iterable[str]) -> None:
        if any(mark in text for mark in ("`", "*", "](", "<", "''")):
            text = _MARKUP.sub(_blank, text)
        self.text = text
        self.known = frozenset(name.casefold() if " " in name else name for name in names)

    def surface(self, place: Place) -> str:
        """Write a phrase as a name; the mark of an anonymous link goes (`TypeScript__`)."""
        surface = clean_surface(self.text[place[0] : place[1]])
        return surface.removesuffix("__") if surface.count("__") == 1 else surface

    def knows(self, place: Place) -> bool:
        """Tell whether the phrase is a name that is mentioned."""
        surface = self.surface(place)
        folded = surface.casefold()
        if " " in surface:
            return folded in self.known
        return surface in self.known and folded not in NAME_STOPS

    def after(
        self, start: int, end: int, *, stops: Collection[str] = NAME_STOPS, most: int = 6
    ) -> Place | None:
        """Find the noun phrase that begins at `start`, without its article; None if none does.

        Args:
            start, end: where to look.
            stops: words at which it ends, in lower case.
            most: words; a longer one is none.
        """
        quoted = _QUOTED.match(self.text, start, end)
        if quoted:
            ahead = _TOKEN.match(self.text, quoted.end() + 1, end)
            goes_on = ahead and ahead[0].lower() not in NAME_STOPS
            return None if goes_on else quoted.span("said")
        determiner = _DETERMINER.match(self.text, start, end)
        place = determiner.end() if determiner else start
        tokens = self._walk(place, end, stops, most)
        if not tokens or len(tokens) > most:
            return None
        found = (tokens[0].start(), tokens[-1].end())
        if _AND.match(self.text, found[1], end):
            found = self._joined(found, end, stops, most)
        if _DASH.match(self.text, found[1], end):
            return None  # "person - centred", "shoot 'em up": compounds that go on
        return found

    def _joined(self, found: Place, end: int, stops: Collection[str], most: int) -> Place:
        """Go on behind an "and" if the whole is a name that is mentioned."""
        conjunction = _AND.match(self.text, found[1], end)
        more = conjunction and self._walk(conjunction.end(), end, stops, most)
        whole = (found[0], more[-1].end()) if more else found
        return whole if self.knows(whole) else found

    def _walk(
        self, place: int, end: int, stops: Collection[str], most: int
    ) -> Sequence[re.Match[str]]:
        tokens: list[re.Match[str]] = []
        while len(tokens) <= most and (token := _TOKEN.match(self.text, place, end)):
            word = token[0].lower()
            gap = _GAP.match(self.text, token.end(), end)
            ahead = _TOKEN.match(self.text, gap.end(), end) if gap else None
            inner = tokens and (
                token[0] == "I" or (word in CONNECTORS and _joins(tokens[-1], ahead))
            )
            if word in stops and not inner:
                break
            if tokens and _is_verbal(token[0], ahead[0].lower() if ahead else ""):
                break
            tokens.append(token)
            if gap is None:
                break
            place = gap.end()
        while tokens and tokens[-1][0].lower() in PREPOSITIONS | ARTICLES:
            tokens.pop()
        return tokens

    def before(self, floor: int, end: int, *, most: int = 4) -> Place | None:
        """Find the noun phrase that ends at `end`, back to a word that is in none."""
        tokens = list(_TOKEN.finditer(self.text, max(floor, end - _LONGEST), end))
        found: list[re.Match[str]] = []
        right = end
        while tokens and len(found) <= most:
            token = tokens.pop()
            gap, word = self.text[token.end() : right], token[0].lower()
            if gap.strip(' \t\n"”“'):
                break
            inner = found and word in CONNECTORS and tokens and _joins(tokens[-1], found[-1])
            if (word in NAME_STOPS or word in ARTICLES) and not inner:
                if found and self.knows((token.start(), found[0].end())):
                    found.append(token)  # "No Mercy"
                break
            if found and (word.endswith("ly") or word in SURE_PARTICIPLES):
                break
            found.append(token)
            right = token.start()
        if not found or len(found) > most:
            return None
        verb = next((n for n, token in enumerate(found) if token[0].endswith("ed")), len(found))
        if 0 < verb < len(found) - 1:
            found = found[:verb]  # "users experienced long delays"
        return found[-1].start(), found[0].end()

    def named(self, place: Place) -> bool:
        """Tell whether the phrase is a name: mentioned as one, or capitals throughout."""
        if self.knows(place):
            return True
        tokens = list(_TOKEN.finditer(self.text, *place))
        capitals = all(_is_capital(token) or token[0] in CONNECTORS for token in tokens)
        return capitals and any(map(str.isalpha, self.text[slice(*place)]))

    def subject(self, start: int, end: int, *, most: int = 7) -> Place | None:
        """Find the subject of a clause whose verb begins at `end`: a short phrase, or nothing.

        The subjects of longer clauses can't be told from their objects.
        """
        opened = self.opening(start, end)
        return self._short(*opened, most) if opened else None

    def opening(self, start: int, end: int) -> Place | None:
        """Find what stands between a sentence's start and a verb that begins at `end`.

        Bullets, an adjunct before it, an apposition and brackets behind it are left out; None
        where other commas leave open what belongs to the verb.
        """
        if end - start > _FARTHEST:
            return None
        leading = _LEADING.match(self.text, start, end)
        start = leading.end() if leading else start
        bracket = self.text.find("(", start, end)
        colon = self.text.rfind(": ", start, end if bracket < 0 else bracket)
        start = colon + 2 if colon >= 0 else start
        end = self._without_apposition(start, end)
        while start < end and self.text[start] in " \t\n\"“'(":
            start += 1
        if "," in self.text[start:end] and not self.knows((start, end)):
            first = self.text[start:end].split(maxsplit=1)[0].strip(",").lower()
            if first not in ADJUNCTS and not first.endswith("ly"):
                return None
            start = self.text.rfind(",", start, end) + 1
            start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        return (start, end) if start < end else None

    def _without_apposition(self, start: int, end: int) -> int:
        """Answer where a phrase ends: before the bracket that closes it, or its first comma."""
        head = self.text[start:end].rstrip()
        if head.endswith(","):
            head = _APPOSED.split(head, maxsplit=1)[0]
        elif head.endswith((")", "]")):
            depth = 0
            for place in range(len(head) - 1, -1, -1):
                depth += (head[place] in ")]") - (head[place] in "([")
                if not depth:
                    head = head[:place]
                    break
        return start + len(head.rstrip())

    def _short(self, start: int, end: int, most: int) -> Place | None:
        determiner = _DETERMINER.match(self.text, start, end)
        article = determiner[0].strip().lower() if determiner else ""
        place = (determiner.end() if determiner else start, end)
        known = next(filter(self.knows, ((start, end), place)), None)
        if known or not 0 < end - place[0] <= _LONGEST:
            return known
        tokens = list(_TOKEN.finditer(self.text, *place))
        if not tokens or len(tokens) > most or not self._covers(tokens, place):
            return None
        if len(tokens) > 1 and tokens[-1][0].islower() and tokens[-1][0].endswith("ly"):
            tokens.pop()  # "Larkspur currently requires …"
            place = place[0], tokens[-1].end()
        first = tokens[0][0].lower()
        said = [token[0] for token in tokens if token[0] not in CONNECTORS]
        lower = [word.lower() for word in said if word[:2].islower() or word in _POINTING]
        bare = not article and len(tokens) > 1 and not _is_capital(tokens[1])
        gerund = bare and first.endswith("ing")
        if gerund or first in ARTICLES or not NAME_STOPS.isdisjoint((first, *lower)):
            return None
        vague = lower and (article in {"the", "its", "their"} or len(tokens) > 4)
        return None if vague else place

    def _covers(self, tokens: Sequence[re.Match[str]], place: Place) -> bool:
        """Tell whether there is nothing but white space and quotes between the words."""
        edges = [place[0], *(edge for token in tokens for edge in token.span()), place[1]]
        gaps = (self.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
        return all(not gap.strip(' \t\n"”“') for gap in gaps)


def _blank(markup: re.Match[str]) -> str:
    if markup["code"]:
        return "\0" * len(markup[0])
    if markup["quote"]:
        return ' "' if markup["quote"] == "``" else '" '
    label = markup["label"]
    if label is None or "!" in markup[0][:1]:
        return " " * len(markup[0])
    before = markup.start("label") - markup.start()
    return " " * before + label + " " * (len(markup[0]) - before - len(label))


def _is_capital(token: re.Match[str]) -> bool:
    return not token[0][:2].islower()


def _joins(before: re.Match[str], ahead: re.Match[str] | None) -> bool:
    """Tell whether what stands between two words stands within a name: "of", "of the", "de la"."""
    sides = (before, ahead)
    return all(side and (_is_capital(side) or side[0] in CONNECTORS) for side in sides)


def _is_verbal(word: str, ahead: str) -> bool:
    """Tell whether a lower-case word behind a noun is a verb or an adverb."""
    if not word.islower():
        return False
    if word.endswith("ly"):
        return word not in NOUNS_LIKE_ADVERBS
    if word.endswith("ing") or word in SURE_PARTICIPLES:
        return word in SURE_PARTICIPLES or ahead in ARTICLES
    passive = word.endswith("ed") and word not in NOUNS_LIKE_PARTICIPLES
    last = not ahead.isalpha() or ahead in NAME_STOPS | ARTICLES or ahead.endswith("ly")
    return last and (passive or word in IRREGULAR_PARTICIPLES)
