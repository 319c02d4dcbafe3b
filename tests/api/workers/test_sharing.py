"""Who answers what, and who allows how much."""

from __future__ import annotations

import pytest

from api.security.operations import ROUTES
from api.workers.sharing import answered_here, pool_of, shared_out, uncounted
from foundation.security.policy import Operation
from foundation.security.rates import Rate
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings

READS = {None, Operation.SEARCH, Operation.READ}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_what_changes_something_is_forwarded(route: object) -> None:
    method, template = route.method, route.template  # type: ignore[attr-defined]
    if answered_here(method, template.replace("{name:path}", "Oslo")):
        assert route.operation in READS  # type: ignore[attr-defined]


def test_searches_are_answered_here_and_tools_by_the_owner() -> None:
    assert answered_here("POST", "/v1/search")
    assert answered_here("GET", "/v1/documents/a%2Fb")
    assert not answered_here("POST", "/mcp")
    assert not answered_here("POST", "/v1/documents")
    assert not answered_here("GET", "/metrics")


def test_what_there_is_not_is_refused_here() -> None:
    assert answered_here("GET", "/nowhere")


def test_workers_share_the_rates() -> None:
    settings = load_security_settings(rate_limit_per_second=100.0, key_rate_limit_burst=3)
    each = shared_out(settings, 4)
    assert (each.rate_limit_per_second, each.rate_limit_burst) == (25.0, 1_250)
    assert each.key_rate_limit_burst == 1


def test_but_not_where_they_count_together() -> None:
    settings = load_security_settings(rate_limit_url="redis://nowhere")
    assert shared_out(settings, 4) is settings


def test_all_workers_together_hold_half_as_many_connections_as_the_owner() -> None:
    settings = load_settings(database_pool_max_connections=50)
    assert pool_of(settings, 5)["database_pool_max_connections"] == 5
    assert pool_of(settings, 64)["database_pool_max_connections"] == 2


def test_the_owner_counts_no_rates() -> None:
    settings = load_security_settings(rate_limit_url="redis://nowhere", rate_limit_burst=1)
    owner = uncounted(settings)
    assert owner.rate_limit_url is None
    assert Rate("client", owner.rate_limit_per_second, owner.rate_limit_burst).burst > 10**6
