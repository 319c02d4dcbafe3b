"""Alerting put together from its rules."""

from __future__ import annotations

from collections.abc import Mapping

from elders.alerts.alerting import Alerting, Sinks
from elders.alerts.enriching import Enricher
from elders.alerts.rules_file import MailRules, Rules, SinkRules, SlackRules
from elders.alerts.sink import Sink
from elders.alerts.sinks.mail import MailServer, MailSink
from elders.alerts.sinks.slack import SlackSink
from elders.alerts.sinks.tree import TreeSink
from elders.alerts.sinks.webhook import WebhookSink
from elders.tree.tree import ElderTree
from foundation.breaker import Breakers
from foundation.clock import Clock, system_clock
from foundation.database.database import Database
from foundation.errors import InvalidInput


def open_alerting(
    rules: Rules,
    database: Database,
    tree: ElderTree,
    *,
    environment: Mapping[str, str],
    breakers: Breakers,
    enricher: Enricher | None = None,
    clock: Clock = system_clock,
) -> Alerting:
    """Make the pipeline; whoever has no sink of their own is told through the tree.

    Args:
        rules: what the file says.
        database: the guild's store.
        tree: this process's door to it.
        environment: where the sinks' secrets are.
        breakers: where the sinks' breakers are.
        enricher: adds what may help to notices.
        clock: what time it is.

    Raises:
        InvalidInput: a secret is missing, or an address is none.
    """
    default = TreeSink(tree, clock=clock)
    made: dict[str, Sink] = {default.name: default}
    by_receiver: dict[str, list[str]] = {}
    for each in rules.sinks:
        made[each.name] = _sink(each, environment, breakers, clock)
        for receiver in each.receivers:
            by_receiver.setdefault(receiver, []).append(each.name)
    sinks = Sinks(made, default.name, by_receiver)
    return Alerting(database, rules.policy, sinks, enricher=enricher, clock=clock)


def _sink(
    rules: SinkRules, environment: Mapping[str, str], breakers: Breakers, clock: Clock
) -> Sink:
    if isinstance(rules, MailRules):
        password = _secret(rules.password_env, environment, rules.name)
        server = MailServer(rules.host, rules.port, rules.encrypted, rules.user, password)
        return MailSink(
            rules.name,
            server,
            sender=rules.sender,
            addresses=rules.addresses,
            clock=clock,
            breakers=breakers,
        )
    if isinstance(rules, SlackRules):
        url = _secret(rules.url_env, environment, rules.name)
        return SlackSink(rules.name, url, breakers=breakers)
    secret = _secret(rules.secret_env, environment, rules.name)
    return WebhookSink(rules.name, rules.url, secret=secret, clock=clock, breakers=breakers)


def _secret(name: str | None, environment: Mapping[str, str], sink: str) -> str:
    if name is None:
        return ""
    if not (found := environment.get(name, "")):
        raise InvalidInput(f"the sink {sink} needs a secret: set the environment variable {name}")
    return found
