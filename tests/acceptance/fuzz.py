"""Send whatever the OpenAPI document allows, and what it does not: no answer may be our fault.

    python -m tests.acceptance.fuzz [--cases 2000] [--seed 1]

The real app, behind its layers of security, on a port of this machine, is asked by every operation
with an admin's key: by Schemathesis, half of it valid by the schema, half of it not. Documents that
are there are named often enough that requests reach beyond a 404.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httpx
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests.exceptions import ConnectionError, RequestException, Timeout  # noqa: A004 - as it is called there
from schemathesis import APIOperation, Case, GenerationMode, SerializationContext
from schemathesis.core.result import Ok

from api import KnowledgeBase
from api.guarding import guarded
from api.server import listening
from foundation.security.keyring import Keyring
from foundation.security.pepper import load_pepper
from foundation.security.policy import Access, Role
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings
from tests.api.doors import notes

_RATE: Final = 100_000.0
_SECONDS: Final = 60.0
_FAULT: Final = 500
_SHOWN: Final = 600
_BUSY: Final = {"GET /ready": 503}
"""What is no fault of ours: while followers are behind, it says so."""


@dataclass(slots=True)
class Findings:
    """What came of it: requests by operation and status, and every fault."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@schemathesis.serializer("application/x-ndjson")
def json_lines(_context: SerializationContext, value: object) -> bytes:
    """Write what was drawn as a line of JSON; a text as it is."""
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Serve a home with a few documents; yields its address, an admin's key, and known names."""
    security = load_security_settings(
        rate_limit_per_second=_RATE, rate_limit_burst=10**6, behaviour_refuse_above=1.0,
        key_rate_limit_per_second=_RATE, key_rate_limit_burst=10**6,
    )  # fmt: skip
    home = load_settings(home=folder)
    with (
        listening("127.0.0.1", 0) as sock,
        KnowledgeBase.open(folder, embedder="hashing", database_url=None) as base,
        guarded(base, home, security, ending=lambda: True) as app,
    ):
        base.ingest([*notes(5), *notes(5, about="TCP/IP of Ada Smith")], wait=True)
        parts = base.platform.parts
        keyring = Keyring(parts.database, load_pepper(folder), parts.clock)
        key = keyring.create("fuzz", Role.ADMIN, Access.everything, actor="fuzz").text
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        while not server.started:
            time.sleep(0.005)
        known = {"document_id": base.documents.get("weather/1.md").id, "name": "Ada Smith"}
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}", key, known
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True, slots=True)
class Fuzzer:
    """Asks a server by one operation after the other.

    Attributes:
        known: path parameters that name something which is there.
        share: requests of each kind for each operation.
        number: where random choices begin.
    """

    address: str
    headers: Mapping[str, str]
    known: Mapping[str, str]
    share: int
    number: int
    findings: Findings

    def ask(self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> None:
        """Send requests of one kind, every other one about something that is there."""
        turns = cycle((True, False))

        @seed(self.number)
        @settings(
            max_examples=self.share, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(mode))
        def drawn(case: Case[Any]) -> None:
            if next(turns):
                named = {k: v for k, v in self.known.items() if k in case.path_parameters}
                case.path_parameters |= named
            self._send(f"{operation.method.upper()} {operation.path}", case)

        with suppress(Unsatisfiable):  # there is nothing to get wrong about it
            drawn()

    def _send(self, told: str, case: Case[Any]) -> None:
        try:
            answer = case.call(base_url=self.address, headers=dict(self.headers), timeout=_SECONDS)
        except (Timeout, ConnectionError) as error:
            self.findings.faults.append(f"{told}: {error}\n  {case.as_curl_command()[:_SHOWN]}")
            return
        except (RequestException, UnicodeError):
            return  # no client could send that
        status = answer.status_code
        self.findings.statuses[told, status] += 1
        if status >= _FAULT and status != _BUSY.get(told):
            fault = f"{told}: {status} {answer.text[:_SHOWN]}"
            self.findings.faults.append(f"{fault}\n  {case.as_curl_command()[:_SHOWN]}")


def check(folder: Path, cases: int, number: int) -> Findings:
    """Ask about so many times, and answer what came of it."""
    with served(folder) as (address, key, known):
        headers = {"authorization": f"Bearer {key}"}
        told = httpx.get(f"{address}/openapi.json", headers=headers).json()
        found = schemathesis.openapi.from_dict(told)
        operations = [each.ok() for each in found.get_all_operations() if isinstance(each, Ok)]
        findings = Findings()
        while (left := cases - findings.statuses.total()) > 0:  # some can't be sent: draw more
            share = -(-left // (2 * len(operations)))
            fuzzer = Fuzzer(address, headers, known, share, number, findings)
            number += 1
            for operation in operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    fuzzer.ask(operation, mode)
    return findings


def main() -> int:
    """Fuzz, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("ELDERS_LOG_LEVEL", "error")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        findings = check(Path(folder), options.cases, options.seed)
    by_status = Counter[int]()
    for (_, status), count in findings.statuses.items():
        by_status[status] += count
    operations = len({told for told, _ in findings.statuses})
    total, seconds = findings.statuses.total(), time.monotonic() - begun
    summary = f"{total:,} requests, {operations} operations, {seconds:.0f} s"
    lines = [
        *(f"{status} {count:7,}" for status, count in sorted(by_status.items())),
        *findings.faults[:50],
        f"{summary}, {len(findings.faults)} faults of the server",
    ]
    sys.stdout.write("\n".join([*lines, ""]))
    return int(bool(findings.faults))


if __name__ == "__main__":
    sys.exit(main())
