from __future__ import annotations

import asyncio
from email import message_from_string
from email.policy import default

import pytest
from blockbuster import blockbuster_ctx

from elders.alerts.sinks.mail import MailServer, MailSink
from foundation.breaker import Breakers
from foundation.errors import GuildError, InvalidInput, Unavailable
from tests.elders.alerts.conftest import notice
from tests.elders.alerts.sinks.receiving import SmtpServer, smtp_server
from tests.elders.conftest import Hands


def mail(port: int, *, encrypted: bool = False) -> MailSink:
    return MailSink(
        "post",
        MailServer("127.0.0.1", port, encrypted=encrypted),
        sender="guild@example.com",
        addresses={"ada": ["ada@example.com", "ben@example.com"]},
        clock=Hands(),
        breakers=Breakers(),
    )


def test_a_notice_is_mailed_to_every_address_of_its_receiver() -> None:
    async def main() -> None:
        async with smtp_server(SmtpServer()) as server:
            with blockbuster_ctx():
                await mail(server.port).send(notice(title="slow\r\nBcc: eve@example.com"), "ada")
        assert [each.split("<")[1].split(">")[0] for each in server.recipients] == [
            "ada@example.com", "ben@example.com",
        ]  # fmt: skip
        found = message_from_string(server.mails[0], policy=default)
        assert found["Subject"] == "[HIGH] firing: slow Bcc: eve@example.com"
        assert found["Bcc"] is None
        assert found["Message-ID"] == "<alert.c1.1@elders>"
        assert "cause: db" in found.get_content()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("server", "error"),
    [
        (SmtpServer(to_data="451 later"), Unavailable),
        (SmtpServer(to_data="554 never"), InvalidInput),
        (SmtpServer(to_recipients="550 nobody"), InvalidInput),
        (SmtpServer(to_recipients="450 later"), Unavailable),
        (SmtpServer(greeting="421 busy"), Unavailable),
    ],
)
def test_what_the_server_refuses_is_an_error(server: SmtpServer, error: type[GuildError]) -> None:
    async def main() -> None:
        async with smtp_server(server):
            with pytest.raises(error, match="post"):
                await mail(server.port).send(notice(), "ada")

    asyncio.run(main())


def test_a_server_that_is_away_or_without_encryption_is_an_error() -> None:
    async def main() -> None:
        async with smtp_server(SmtpServer()) as server:
            with pytest.raises(Unavailable, match="can't be reached"):
                await mail(server.port, encrypted=True).send(notice(), "ada")
        with pytest.raises(Unavailable, match="can't be reached"):
            await mail(server.port).send(notice(), "ada")

    asyncio.run(main())


def test_who_has_no_address_is_named() -> None:
    with pytest.raises(InvalidInput, match="no mail address of eve"):
        asyncio.run(mail(1).send(notice(), "eve"))


def test_mail_goes_to_other_machines_encrypted_alone() -> None:
    with pytest.raises(InvalidInput, match="encrypted"):
        MailSink(
            "post", MailServer("mail.example.com", encrypted=False), sender="a@b", addresses={},
            clock=Hands(), breakers=Breakers(),
        )  # fmt: skip
