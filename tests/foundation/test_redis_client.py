"""One way to reach Redis."""

from __future__ import annotations

import socket
import sys

import pytest

from foundation.errors import InvalidInput, Unavailable
from foundation.redis_client import connected
from tests.support.redis import redis_url


def test_a_client_connects_with_its_first_call_and_not_before() -> None:
    client, _ = connected(redis_url(), needs="this needs", setting="ELDERS_X_URL")
    assert client.connection_pool._in_use_connections == set()
    assert client.ping()
    client.close()


def test_what_it_raises_where_nobody_answers_is_told_with_it() -> None:
    for listens in (True, False):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            url = f"redis://127.0.0.1:{sock.getsockname()[1]}/0"
            if not listens:
                sock.close()
            client, broken = connected(url, needs="this needs", setting="ELDERS_X_URL")
            with pytest.raises(broken):
                client.ping()
            client.close()


def test_a_url_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput, match="check ELDERS_X_URL") as caught:
        connected("http://:hunter2@host", needs="this needs", setting="ELDERS_X_URL")
    assert "hunter2" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(Unavailable, match=r"^this needs its client: pip install"):
        connected("redis://host", needs="this needs", setting="ELDERS_X_URL")
