"""Notices by mail."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import structlog

from elders.alerts.model import Notice
from elders.alerts.sinks.posting import is_this_machine
from elders.alerts.wording import text_of
from foundation.breaker import Breakers
from foundation.clock import Clock, to_datetime
from foundation.errors import GuildError, InvalidInput, Unavailable

_log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS: Final = 10.0
_SUBJECT: Final = 150
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over.

    Attributes:
        encrypted: by STARTTLS, with the certificate checked; only on this machine without.
        user: who logs in; nobody, if it is empty.
    """

    host: str
    port: int = 587
    encrypted: bool = True
    user: str = ""
    password: str = ""


class MailSink:
    """Hands each notice to a mail server, in a thread.

    Args:
        name: as the rules name it.
        server: where to.
        sender: whose address the mail has.
        addresses: of each receiver.
        clock: what time it is.
        breakers: where its breaker is.

    Raises:
        InvalidInput: the mail would go to another machine in plain text.
    """

    def __init__(
        self,
        name: str,
        server: MailServer,
        *,
        sender: str,
        addresses: Mapping[str, Sequence[str]],
        clock: Clock,
        breakers: Breakers,
    ) -> None:
        if not server.encrypted and not is_this_machine(server.host):
            raise InvalidInput(f"{name} must send encrypted mail, but to this machine")
        self.name = name
        self._server = server
        self._sender = sender
        self._addresses = addresses
        self._clock = clock
        self._breaker = breakers.of(f"alerts: {name}")

    async def send(self, notice: Notice, receiver: str) -> None:
        """Hand a notice over.

        Raises:
            Unavailable: the server did not answer, or not now.
            InvalidInput: it refused, or the receiver has no address.
        """
        addresses = self._addresses.get(receiver, ())
        if not addresses:
            raise InvalidInput(f"{self.name} has no mail address of {receiver}: name one")
        mail = self._written(notice, addresses)
        with self._breaker.guarding():
            await asyncio.to_thread(self._hand_over, mail)

    async def close(self) -> None:
        """Nothing is held."""

    def _written(self, notice: Notice, addresses: Sequence[str]) -> EmailMessage:
        mail = EmailMessage()
        title = " ".join(notice.title.split())[:_SUBJECT]
        mail["Subject"] = f"[{notice.severity.upper()}] {notice.kind}: {title}"
        mail["From"] = self._sender
        mail["To"] = ", ".join(addresses)
        mail["Date"] = format_datetime(to_datetime(self._clock()))
        mail["Message-ID"] = f"<{notice.key.replace(':', '.')}@elders>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
        mail.set_content(text_of(notice))
        return mail

    def _hand_over(self, mail: EmailMessage) -> None:
        server = self._server
        try:
            with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS) as connection:
                if server.encrypted:
                    connection.starttls(context=ssl.create_default_context())
                if server.user:
                    connection.login(server.user, server.password)
                refused = connection.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise self._refusal([error.smtp_code]) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refusal([code for code, _ in error.recipients.values()]) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"{self.name} can't be reached ({type(error).__name__})") from error
        if refused:
            _log.warning("mail.partly_refused", sink=self.name, addresses=len(refused))

    def _refusal(self, codes: Sequence[int]) -> GuildError:
        """Tell whether it may be taken later: some status below 500 says so (RFC 5321)."""
        status = min(codes)
        if status >= _PERMANENT:
            return InvalidInput(f"{self.name} refuses the mail (status {status}): check it")
        return Unavailable(f"{self.name} takes no mail now (status {status})")
