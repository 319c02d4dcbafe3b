"""Made-up documents that teach something: a log with patterns, and prose with entities."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api import KnowledgeBase

PROSE = {
    "net.md": "# TCP/IP\n\nTCP/IP is a protocol suite by Vint Cerf. The Border Gateway Protocol"
    " (BGP) depends on TCP/IP. BGP was designed by Yakov Rekhter at Cisco.",
    "cisco.md": "# Cisco\n\nCisco makes routers. Cisco sells BGP and TCP/IP. BGP depends on"
    " routers. Yakov Rekhter works at Cisco. AC/DC/Relations is a band.",
    "tokyo.md": "# 東京タワー\n\n東京タワーは東京都港区にある電波塔である。1958年に完成した。",
}
DOOR = "log template: door <*> opens"


def log(seed: int, rounds: int = 40) -> str:
    """A log of about 200 lines in which two messages belong together and others come by chance."""
    rng = random.Random(seed)
    messages = []
    for _ in range(rounds):
        pump = rng.randrange(100, 999)
        messages += [f"INFO Pump: pump {pump} starts", f"INFO Pump: pump {pump} has 3 bar"]
        for _ in range(rng.randrange(2, 5)):
            happens = [
                f"INFO Door: door {rng.randrange(99)} opens",
                f"INFO Heat: fan turns at {rng.randrange(999)} rpm",
            ]
            messages.append(rng.choice(happens))
    return "\n".join(
        f"2024-05-01 {at // 3600:02}:{at // 60 % 60:02}:{at % 60:02} {message}"
        for at, message in enumerate(messages)
    )


@contextmanager
def opened(path: Path, **settings: Any) -> Iterator[KnowledgeBase]:
    """Open a base of its own, whose followers work only when they are told to."""
    settings = {"background": False, "embedder": "hashing", "database_url": None, **settings}
    with KnowledgeBase.open(path, **settings) as base:
        yield base


def tell(base: KnowledgeBase) -> None:
    """Let a base have the prose."""
    for source_id, text in PROSE.items():
        base.add(text, source_id=source_id)


def teach(base: KnowledgeBase) -> None:
    """Let a base have two logs."""
    for seed in (1, 2):
        base.add(log(seed), source_id=f"plant/{seed}.log")
