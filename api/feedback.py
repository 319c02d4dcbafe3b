"""What people say of what a search found, from Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from api.limits import checked
from api.platform import Platform
from api.views import table
from foundation.clock import to_datetime
from foundation.errors import Conflict, InvalidInput, Unavailable
from foundation.ids import ChunkId
from ingest.sources.naming import cleaned
from knowledge.curation import INTENDED, Decision
from knowledge.feedback import UNDO, Answer, Feedback, FeedbackLog
from knowledge.judgements import Judgements, judgements
from knowledge.model import INSIGHTS
from knowledge.questions import one_spelling

_PAGE: Final = 500
_SHOWN: Final = 25


class Judging:
    """Takes feedback in (call it), lists it, and makes judged queries of it.

    >>> hit = kb.search("how do I roll back?")[0]  # doctest: +SKIP
    >>> kb.feedback("how do I roll back?", hit.chunk_id, "useful", rank=1)  # doctest: +SKIP
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._log = FeedbackLog(platform.parts.database, platform.parts.clock, platform.knows)
        self._curation = platform.parts.knowing.curation

    def __call__(
        self,
        query: str,
        chunk_id: int | None = None,
        kind: str = "useful",
        *,
        document: str | None = None,
        collection: str | None = None,
        rank: int | None = None,
        actor: str = "user",
    ) -> Sequence[Feedback]:
        """Say what an answer to a query was.

        Args:
            query: as it was asked; case, width and white space do not matter.
            chunk_id: the hit's.
            kind: "clicked", "useful" or "wrong"; "undo" takes back all that the actor said of it.
            document: in place of a passage a whole document, by its id or source id.
            collection: the document's, where several have its source id.
            rank: where the answer stood among the hits, from 1: a click far down says more.
            actor: who says so; what one actor says again counts once.

        Returns:
            What holds now; or, of "undo", all that was taken back.

        Raises:
            InvalidInput: the query, the kind or the rank is none; or not exactly one of passage
                and document is named.
            NotFound: there is no such passage or document, or there is nothing to take back.
            Conflict: the base was opened read-only.
        """
        self._platform.require_ownership()
        if (chunk_id is None) == (document is None):
            raise InvalidInput("feedback is about a passage or a document: name one of them")
        if document is None:
            answer = Answer(chunk_id=None if chunk_id is None else ChunkId(chunk_id))
        else:
            find, known = self._platform.parts.library.find, self._platform.knows
            answer = Answer(document_id=find(document, collection=collection, known=known))
        asked = cleaned(query)
        if kind == UNDO:
            return self._log.undo(asked, answer, actor=actor)
        return [self._log.give(asked, answer, kind, rank=rank, actor=actor)]

    def list(
        self,
        *,
        query: str | None = None,
        current: bool = True,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[Feedback]:
        """List feedback, oldest first; with `current` only what holds.

        Args:
            query: only of this one, however it is written.
            current: leave out what was taken back or replaced.
            after: the seq of the last one of the page before.
            limit: at most so many.
        """
        self._platform.require_everything("the list of feedback")
        most = None if limit is None else checked(limit)
        asked = None if query is None else cleaned(query)
        return self._log.list(query=asked, current=current, after=after, limit=most)

    def intent(self, query: str, intent: str, *, actor: str = "user") -> Decision:
        """Say what the asker of a query wanted: the query is understood so, and others like it.

        Searches know it about a second later; those of the past never do.

        Args:
            query: as it was asked; case, width and white space do not matter.
            intent: of `knowledge.questions.Intent`, such as "technical"; "undo" takes back what
                was said last of the query.
            actor: who says so; whoever says it, the last word holds.

        Returns:
            The decision that holds now; or, of "undo", the one that was taken back.

        Raises:
            InvalidInput: the query is empty or has over 600 characters, or there is no such intent.
            NotFound: there is nothing to take back.
            Conflict: the base was opened read-only.
        """
        self._platform.require_ownership()
        self._platform.require_everything("intents")
        if intent == UNDO:
            return self._curation.undo_intent(cleaned(query), actor=actor)
        return self._curation.intend(cleaned(query), intent, actor=actor)

    def intents(
        self,
        *,
        query: str | None = None,
        current: bool = True,
        after: int = 0,
        limit: int | None = None,
    ) -> Sequence[Decision]:
        """List what people said that queries were after, oldest first; arguments as of `list`.

        `data["query"]` is the query as it was written, `object` the intent.
        """
        self._platform.require_everything("the list of intents")
        return self._curation.list(
            kind=INTENDED,
            subject=None if query is None else one_spelling(cleaned(query)),
            current=current,
            after=after,
            limit=None if limit is None else checked(limit),
        )

    def judgements(
        self,
        *,
        by: Literal["passage", "document"] = "passage",
        as_of: str | int | None = None,
    ) -> Judgements:
        """Answer feedback as grades: query → chunk or document → 2 useful, 1 clicked, 0 wrong.

        Clicks count only as far as they are not explained by where the answer stood; see
        `knowledge.judgements`.
        """
        self._platform.require_everything("judgements")
        at = self._platform.moment(as_of)
        with self._platform.parts.database.read() as connection:
            return judgements(connection, at=at, by=by)

    def export(self, folder: str | Path) -> int:
        """Write feedback as a judged set for `elders eval`, with all documents that hold.

        Its documents are named by their ids.

        Returns:
            How many queries have a relevant document.

        Raises:
            Conflict: the folder exists.
            InvalidInput: nothing relevant was said yet.
            Unavailable: it can't be written.
        """
        graded = {
            query: grades
            for query, grades in self.judgements(by="document").items()
            if max(grades.values()) > 0
        }
        if not graded:
            raise InvalidInput("nobody found anything useful yet: there is nothing to judge by")
        numbered = {f"q{number}": query for number, query in enumerate(graded, start=1)}
        with _writing(Path(folder)) as write:
            write("queries.jsonl", (_line(_id=name, text=numbered[name]) for name in numbered))
            write("qrels.tsv", _qrels({name: graded[numbered[name]] for name in numbered}))
            write("corpus.jsonl", self._corpus())
        return len(graded)

    def _corpus(self) -> Iterator[str]:
        """Go through what a search sees that names no collection."""
        library = self._platform.parts.library
        after = 0
        while page := library.list(after=after, limit=_PAGE):
            after = page[-1].number
            for document in page:
                if document.collection != INSIGHTS:
                    version = library.version(document.id, document.version)
                    yield _line(_id=document.id, title=version.title, text=version.text)

    def _repr_html_(self) -> str:
        said = self.list()
        rows = [
            {
                "query": each.query,
                "said": each.kind.value,
                "of": each.source_id,
                "passage": each.chunk_id,
                "rank": each.rank,
                "who": each.actor,
                "when": f"{to_datetime(each.at):%Y-%m-%d %H:%M}",
            }
            for each in said[-_SHOWN:]
        ]
        return table(rows, caption=f"{len(said)} pieces of feedback hold")


@contextmanager
def _writing(folder: Path) -> Iterator[Callable[[str, Iterator[str]], None]]:
    def write(name: str, lines: Iterator[str]) -> None:
        with (folder / name).open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    try:
        folder.mkdir(parents=True)
        yield write
    except FileExistsError as error:
        raise Conflict(f"{folder} exists: an export never overwrites, name another") from error
    except OSError as error:
        raise Unavailable(f"{folder} can't be written: {error.strerror or error}") from error


def _qrels(judged: Judgements) -> Iterator[str]:
    for name, grades in judged.items():
        for document, grade in grades.items():
            yield f"{name}\t{document}\t{grade}"


def _line(**fields: str) -> str:
    return json.dumps(fields, ensure_ascii=False)
