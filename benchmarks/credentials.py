"""Credentials of no account, made when they are asked for: none stands in a file of this project.

Prefixes are put together here, so that scanners for leaked secrets find nothing to report.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable
from typing import Final

ALNUM: Final = string.ascii_letters + string.digits
HEX: Final = "0123456789abcdef"
_URL: Final = ALNUM + "-_"


def credential(name: str, seed: str) -> str:
    """Make a credential of the named form; the same seed gives the same one."""
    return _FORMS[name](random.Random(f"{name}:{seed}"))


def _drawn(draw: random.Random, length: int, letters: str = ALNUM) -> str:
    return "".join(draw.choices(letters, k=length))


def _prefixed(*prefix: str, length: int, letters: str = ALNUM) -> Callable[[random.Random], str]:
    return lambda draw: "".join(prefix) + _drawn(draw, length, letters)


def _jwt(draw: random.Random) -> str:
    parts = [
        json.dumps(part).encode()
        for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": _drawn(draw, 12), "iat": 17})
    ]
    coded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join((*coded, _drawn(draw, 43, _URL)))


def _pem(label: str, *, breaks: str = "\n", comment: str = "") -> Callable[[random.Random], str]:
    def make(draw: random.Random) -> str:
        body = [_drawn(draw, 64, ALNUM + "+/") for _ in range(6)]
        head = [comment, ""] if comment else []
        lines = [
            f"-----BEGIN {label}-----",
            *head,
            *body,
            _drawn(draw, 22) + "==",
            f"-----END {label}-----",
        ]
        return breaks.join(lines)

    return make


def _hook(draw: random.Random) -> str:
    place = "/".join((f"T{_drawn(draw, 8)}", f"B{_drawn(draw, 10)}", _drawn(draw, 24)))
    return "hooks." + f"slack.com/services/{place}"


_PRIVATE: Final = "PRIVATE" + " KEY"
_FORMS: Final[dict[str, Callable[[random.Random], str]]] = {
    "github": _prefixed("gh", "p_", length=36),
    "github_fine": _prefixed("github", "_pat_", length=82),
    "gitlab": _prefixed("gl", "pat-", length=20),
    "slack_bot": lambda draw: "xo" + f"xb-{_drawn(draw, 12, string.digits)}-{_drawn(draw, 24)}",
    "slack_hook": _hook,
    "stripe": _prefixed("sk", "_live_", length=24),
    "aws_id": _prefixed("AK", "IA", length=16, letters=string.ascii_uppercase + "234567"),
    "aws_temp": _prefixed("AS", "IA", length=16, letters=string.ascii_uppercase + "234567"),
    "aws_secret": _prefixed(length=40, letters=ALNUM + "+/"),
    "gcp": _prefixed("AI", "za", length=35, letters=_URL),
    "gcp_oauth": _prefixed("ya", "29.", length=60, letters=_URL),
    "openai": _prefixed("s", "k-", length=48),
    "openai_project": _prefixed("s", "k-proj-", length=64, letters=_URL),
    "anthropic": _prefixed("s", "k-ant-api03-", length=80, letters=_URL),
    "jwt": _jwt,
    "bearer": _prefixed(length=40, letters=_URL),
    "npm": _prefixed("np", "m_", length=36),
    "pypi": _prefixed("py", "pi-AgEIcHlwaS5vcmc", length=80, letters=_URL),
    "sendgrid": lambda draw: "S" + f"G.{_drawn(draw, 22, _URL)}.{_drawn(draw, 43, _URL)}",
    "huggingface": _prefixed("h", "f_", length=34),
    "digitalocean": _prefixed("do", "p_v1_", length=64, letters=HEX),
    "telegram": lambda draw: f"{_drawn(draw, 9, '123456789')}:A" + f"A{_drawn(draw, 33, _URL)}",
    "azure": lambda draw: _drawn(draw, 86, ALNUM + "+/") + "==",
    "vault": _prefixed("hv", "s.", length=90, letters=_URL),
    "pem_rsa": _pem(f"RSA {_PRIVATE}"),
    "pem_ec": _pem(f"EC {_PRIVATE}"),
    "pem_openssh": _pem(f"OPENSSH {_PRIVATE}"),
    "pem_json": _pem(_PRIVATE, breaks="\\n"),
    "pgp": _pem(f"PGP {_PRIVATE} BLOCK", comment="Comment: none"),
}
