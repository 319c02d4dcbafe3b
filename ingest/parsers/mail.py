"""E-mail: the subject as heading, the text as written or else the HTML, attachments by name."""

from __future__ import annotations

import email.policy
import re
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unparsable
from ingest.parsers.charset import clean, decode
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_is_text
from ingest.parsers.markup import squeeze, to_markdown
from ingest.parsers.titles import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_HEADERS: Final = {
    "From": "from",
    "To": "to",
    "Cc": "cc",
    "Date": "date",
    "Message-ID": "message_id",
    "In-Reply-To": "in_reply_to",
    "List-Id": "list",
}
_DEEPEST: Final = 30
_ESCAPED: Final = re.compile("[\udc80-\udcff\x1b]")


def convert_mail(data: bytes, task: Task) -> Converted:
    """Convert an e-mail (RFC 5322); attachments are named in the metadata, not read."""
    message: Any = message_from_bytes(data, policy=email.policy.default)
    if not message.keys():
        raise Unparsable(
            f"it claims to be {task.label} but has no header fields; "
            "give it the right extension or media type"
        )
    subject = tidy(_header(message, "Subject"))
    bodies = [body.strip("\n") for body in _bodies(message, 0) if body.strip()]
    if not bodies and not subject:
        raise Unparsable("the e-mail has neither subject nor text; leave it out")
    parts = ([f"# {subject}"] if subject else []) + bodies
    metadata: dict[str, Any] = {
        ours: value for theirs, ours in _HEADERS.items() if (value := _header(message, theirs))
    }
    names = [name for part in message.walk() if (name := _attachment(part))]
    if names:
        metadata["attachments"] = names[:1000]
    return Converted("\n\n".join(parts), subject, metadata)


def _header(message: EmailMessage, name: str) -> str:
    raw = next(
        (str(value) for key, value in message.raw_items() if key.lower() == name.lower()), ""
    )
    if _ESCAPED.search(raw):  # an encoding that nothing declares
        return clean(" ".join(decode(raw.encode("utf-8", "surrogateescape")).text.split()))
    try:
        return clean(str(message.get(name, ""))).strip()
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        return ""  # the standard library stumbles over some broken fields


def _bodies(part: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - EmailMessage and its elders
    """Yield the readable parts: of alternatives the plain one, else the HTML one."""
    if depth > _DEEPEST:
        raise Unparsable("the e-mail is nested too deeply to be read; ingest its parts one by one")
    if part.get_content_disposition() == "attachment":
        return
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        yield from _best(list(part.iter_parts()), depth)
    elif part.is_multipart() and kind != "message/rfc822":
        for inner in part.iter_parts():
            yield from _bodies(inner, depth + 1)
    elif kind == "text/plain" and not part.get_filename():
        yield _text(part)
    elif kind == "text/html" and not part.get_filename():
        yield to_markdown(_text(part)).text


def _best(parts: list[Any], depth: int) -> Iterator[str]:
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    for part in [*plain, *reversed(parts)]:
        bodies = [body for body in _bodies(part, depth + 1) if body.strip()]
        if bodies:
            yield from bodies
            return


def _text(part: Any) -> str:  # noqa: ANN401 - EmailMessage and its elders
    payload = part.get_payload(decode=True) or b""
    text = decode(payload, declared=part.get_content_charset("")).text
    check_is_text(text, "e-mail")
    return squeeze(text)


def _attachment(part: Any) -> str:  # noqa: ANN401 - EmailMessage and its elders
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return ""
    name = part.get_filename()
    if name:
        return tidy(clean(name))
    return part.get_content_type() if part.get_content_disposition() == "attachment" else ""
