"""Keys and tokens that say themselves what they are: PEM blocks, and the prefixes of services."""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from foundation.patterns import deferred
from foundation.security.keys import ID_LENGTH, PREFIX, key_id_of
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.matching import Match
from foundation.security.redaction.wording import words

_BEGIN: Final = deferred(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = deferred(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BODY: Final = deferred(r"(?:[A-Za-z0-9+/=,:.\s-]|\\[nr])*+")
_LONGEST_KEY: Final = 50_000
_LEAST_BODY: Final = 24
_PAYLOAD: Final = deferred(r"[A-Za-z0-9+/=]{12}")


def find_private_keys(text: str) -> Iterator[Match]:
    """Find private keys in PEM and OpenPGP armour, also without an end; headers alone are none."""
    begins = list(_BEGIN.finditer(text))
    if not begins:
        return
    ends = [found.end() for found in _END.finditer(text)]
    limits = [*(found.start() for found in begins[1:]), len(text)]
    for begin, limit in zip(begins, limits, strict=True):
        at = bisect_left(ends, begin.end())
        end = ends[at] if at < len(ends) and ends[at] <= limit else 0
        if not end or end - begin.end() > _LONGEST_KEY:
            body = _BODY.match(text, begin.end(), min(limit, begin.end() + _LONGEST_KEY))
            end = body.end() if body else begin.end()
            end = begin.end() + len(text[begin.end() : end].rstrip())
        if end - begin.end() >= _LEAST_BODY and _PAYLOAD.search(text, begin.end(), end):
            yield Match(Kind.PRIVATE_KEY, begin.start(), end, "a private key in PEM armour")


_TOKENS: Final = (
    ("aws_key", "an AWS access key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ("google_key", "a Google API key", r"AIza[\w-]{35}"),
    ("google_oauth", "a Google OAuth token", r"ya29\.[\w-]{20,500}"),
    ("google_secret", "a Google client secret", r"GOCSPX-[\w-]{28}"),
    ("github", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github_fine", "a GitHub token", r"github_pat_\w{22,255}"),
    ("gitlab", "a GitLab token", r"gl(?:pat|dt|rt|ptt|agent|cbt)-[\w-]{20,120}"),
    ("slack", "a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{20,250}"),
    ("hook", "a webhook's address", r"hooks\.slack\.com/(?:services|workflows)/[\w/+-]{20,120}"),
    ("discord", "a webhook's address", r"discord(?:app)?\.com/api/webhooks/[0-9]+/[\w-]{40,100}"),
    ("stripe", "a Stripe key", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}"),
    ("stripe_hook", "a Stripe webhook's secret", r"whsec_[A-Za-z0-9+/=]{24,80}"),
    ("openai", "an API key of a model service", r"sk-(?:[a-z0-9]{2,10}-){0,3}[\w-]{20,250}"),
    ("jwt", "a JSON Web Token", r"eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}"),
    ("huggingface", "a Hugging Face token", r"(?:hf|api_org)_[A-Za-z0-9]{30,60}"),
    ("npm", "an npm token", r"npm_[A-Za-z0-9]{36}"),
    ("pypi", "a PyPI token", r"pypi-AgE[\w-]{40,300}"),
    ("sendgrid", "a SendGrid key", r"SG\.[\w-]{16,32}\.[\w-]{32,64}"),
    ("telegram", "a Telegram bot's token", r"[0-9]{8,10}:AA[\w-]{33}"),
    ("digitalocean", "a DigitalOcean token", r"do[por]_v1_[a-f0-9]{64}"),
    ("vault", "a Vault token", r"hv[sbr]\.[\w-]{24,200}"),
    ("shopify", "a Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("databricks", "a Databricks token", r"dapi[a-f0-9]{32}"),
    ("docker", "a Docker token", r"dckr_pat_[\w-]{20,60}"),
    ("grafana", "a Grafana token", r"gl(?:sa|c)_[A-Za-z0-9_+/=]{30,200}"),
    ("azure", "an Azure storage key", r"(?<=AccountKey=)[A-Za-z0-9+/]{86}=="),
    ("own", "an API key of this platform", rf"{PREFIX}_[0-9a-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{38}}"),
    ("age", "an age key", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
)  # fmt: skip
_REASONS: Final = {name: reason for name, reason, _ in _TOKENS}
_TOKEN: Final = deferred(
    r"(?<![A-Za-z0-9])(?:" + "|".join(f"(?P<{name}>{shape})" for name, _, shape in _TOKENS) + ")"
    r"(?![A-Za-z0-9])",
    re.ASCII,
)
_HINTS: Final = words(
    "AKIA ASIA ABIA ACCA AIza ya29. GOCSPX gho_ ghp_ ghr_ ghs_ ghu_ github_pat glpat gldt glrt"
    " glptt glagent glcbt xox xapp- hooks. webhooks/ sk_ rk_ sk- whsec eyJ hf_ api_org npm_ pypi-"
    " SG. :AA _v1_ hvs. hvb. hvr. shp dapi dckr glsa_ glc_ AGE- AccountKey"
    f" {PREFIX}_"
)
"""Without one of these there is no token: a search for a fixed word is much faster."""

_MIXED: Final = frozenset({"openai", "huggingface"})
"""Whose prefix begins words, too: the rest must look drawn by lot."""

_FEWEST_DIFFERENT: Final = 8


def find_tokens(text: str) -> Iterator[Match]:
    """Find tokens of services by their prefixes, less what stands for one (`ghp_xxxx…`)."""
    if not any(hint in text for hint in _HINTS):
        return
    for found in _TOKEN.finditer(text):
        name = str(found.lastgroup)
        if name == "own":
            counts = key_id_of(found.group()) is not None
        else:
            counts = len(set(found.group())) >= _FEWEST_DIFFERENT and (
                name not in _MIXED or _drawn_by_lot(found.group()[3:])
            )
        if counts:
            yield Match(Kind.TOKEN, found.start(), found.end(), _REASONS[name])


def _drawn_by_lot(body: str) -> bool:
    return all(any(test(c) for c in body) for test in (str.isdigit, str.isupper, str.islower))


_SCHEME: Final = deferred(
    r"\b(bearer|basic|token)\s{1,3}([A-Za-z0-9][A-Za-z0-9._~+/-]{7,4000}={0,2})",
    re.IGNORECASE | re.ASCII,
)
_LEAST_BEARER: Final = 16


def find_authorisations(text: str) -> Iterator[Match]:
    """Find what follows `Bearer` or `Basic` (RFC 6750, RFC 7617) where it is no word."""
    for found in _SCHEME.finditer(text):
        scheme, value = found[1].lower(), found[2]
        span = found.span(2)
        if scheme == "basic":
            if _is_basic(value):
                yield Match(Kind.SECRET, *span, "credentials of HTTP Basic")
        elif len(value) >= _LEAST_BEARER and any(map(str.isdigit, value)):
            yield Match(Kind.TOKEN, *span, "a bearer token")


def _is_basic(value: str) -> bool:
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
