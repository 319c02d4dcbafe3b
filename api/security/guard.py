"""The five layers, one after the other: each passes a request on, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from api.security.calls import Call, Counts, Layer, Outcome, Refused
from api.security.credentials import Authenticator
from api.security.operations import NoMatch, RouteTable
from foundation.errors import Forbidden, Unauthenticated
from foundation.security.behaviour import Assessment, Behaviour
from foundation.security.network import Network, site
from foundation.security.policy import Role, permitted
from foundation.security.profiles import Verdict
from foundation.security.rates import Buckets, Rate, whole_seconds
from foundation.security.restrictions import NONE, STILL_ALLOWED, Restricting

_log = structlog.get_logger(__name__)

_TYPES: Final = "https://iana.org/assignments/http-problem-types#"
_BLIND: Final = "the request can't be checked at present: try again later"
_ASK: Final = "ask an administrator"
_RETRY: Final = ("Retry-After", "5")
_REALM: Final = 'Bearer realm="elders"'

Alert = Callable[[Assessment, Call], None]
"""Tells people that somebody was refused for their behaviour."""


class Guard:
    """Judges requests, telling how each layer judged. Threads may share it.

    A layer that fails, however it does, has the request refused.
    """

    def __init__(
        self,
        *,
        network: Network,
        buckets: Buckets,
        client_rate: Rate,
        key_rate: Rate,
        authenticator: Authenticator,
        routes: RouteTable,
        behaviour: Behaviour,
        counts: Counts,
        alert: Alert = lambda _assessment, _call: None,
        restrictions: Restricting = lambda: NONE,
        shared_buckets: bool = False,
    ) -> None:
        """Put the layers together.

        Args:
            network: layer 1.
            buckets: layer 2.
            client_rate: for each client.
            key_rate: for each principal, asked as soon as it is known who that is.
            authenticator: layer 3.
            routes: layer 4.
            behaviour: layer 5.
            counts: the layers' metrics.
            alert: called once an hour for each principal that is refused for its behaviour.
            restrictions: what is allowed less of for a while.
            shared_buckets: whether asking the buckets means to wait for another server.
        """
        self._network = network
        self._buckets = buckets
        self._client_rate = client_rate
        self._key_rate = key_rate
        self._authenticator = authenticator
        self._routes = routes
        self._behaviour = behaviour
        self._counts = counts
        self._alert = alert
        self._restrictions = restrictions
        self.arriving_waits = shared_buckets
        self.entering_waits = shared_buckets or authenticator.waits

    def arrive(self, call: Call) -> bool:
        """Judge where a request comes from and how often: layers 1 and 2.

        Returns:
            Whether it must go on to `enter`; what is open to all needs not.

        Raises:
            Refused: it must not go on.
        """
        self._layer(Layer.NETWORK, self._check_network, call)
        self._layer(Layer.RATE, self._check_client_rate, call)
        found = self._routes.find(call.method, call.path)
        if isinstance(found, NoMatch):
            return True
        call.match = found
        return found.route.operation is not None

    def enter(self, call: Call) -> None:
        """Judge who sends it, whether they may, and whether it is like them: layers 3 to 5.

        Raises:
            Refused: it must not go on.
        """
        self._layer(Layer.TOKEN, self._check_token, call)
        self._layer(Layer.RATE, self._check_key_rate, call)
        try:
            self._layer(Layer.PERMISSION, self._check_permission, call)
        except Refused:
            self._note_refusal(call)
            raise
        self._layer(Layer.BEHAVIOUR, self._check_behaviour, call)

    def still(self, call: Call, sent_bytes: int) -> None:
        """Judge again while an answer is on its way, by the credential and what went out since.

        Raises:
            Refused: the credential was revoked meanwhile, or it is too much.
        """
        self._layer(Layer.TOKEN, self._check_token, call)
        self._layer(Layer.BEHAVIOUR, partial(self._check_progress, sent_bytes=sent_bytes), call)

    def leave(self, call: Call, *, status: int, sent_bytes: int) -> None:
        """Learn how a request ended; a fault of ours is nobody's failure."""
        if call.principal is None:
            return
        try:
            self._behaviour.leave(
                call.principal.id,
                failed=400 <= status < 500,
                sent_bytes=sent_bytes,
                documents=call.touched,
            )
        except Exception as error:  # noqa: BLE001 - the answer is out; the next one is refused
            self._counts.add(Layer.BEHAVIOUR, Outcome.FAILED)
            _log.error("security.failed", layer=Layer.BEHAVIOUR, error=type(error).__name__)

    def _layer(self, layer: Layer, check: Callable[[Call], None], call: Call) -> None:
        try:
            check(call)
        except Refused:
            self._counts.add(layer, Outcome.REFUSED)
            raise
        except Exception as error:  # noqa: BLE001 - a layer that fails refuses
            self._counts.add(layer, Outcome.FAILED)
            _log.error("security.failed", layer=layer, error=type(error).__name__)
            raise Refused(layer, 503, _BLIND, headers=[_RETRY]) from None
        self._counts.add(layer, Outcome.PASSED)

    def _check_network(self, call: Call) -> None:
        try:
            client = self._network.client(call.peer, call.values(self._network.header))
        except Forbidden as error:
            raise Refused(Layer.NETWORK, 403, str(error)) from None
        if not self._network.admits(client):
            raise Refused(Layer.NETWORK, 403, "your address may not call here")
        call.client = site(client)

    def _check_client_rate(self, call: Call) -> None:
        """Slow down who shows no credential: of the others it is told later who they are."""
        rate = self._client_rate
        if not call.values("authorization"):
            rate = self._restrictions().rate(rate)
        self._take(call, rate, call.client)

    def _check_key_rate(self, call: Call) -> None:
        """Slow down all but administrators, who could not end it else."""
        if call.principal is not None:
            rate = self._key_rate
            if call.principal.role is not Role.ADMIN:
                rate = self._restrictions().rate(rate)
            self._take(call, rate, call.principal.id)

    def _take(self, call: Call, rate: Rate, key: str) -> None:
        taken = self._buckets.take(rate, key)
        call.limits.append((rate, taken))
        if not taken.allowed:
            seconds = whole_seconds(taken)
            raise Refused(
                Layer.RATE,
                429,
                f"more than {rate.per_second:g} requests a second: try again in {seconds} s",
                headers=[("Retry-After", str(seconds))],
                more={"type": f"{_TYPES}quota-exceeded", "violated-policies": [rate.name]},
            )

    def _check_token(self, call: Call) -> None:
        try:
            call.principal = self._authenticator.authenticate(call)
        except Unauthenticated as error:
            call.principal = None
            told = ', error="invalid_token"' if call.values("authorization") else ""
            challenge = ("WWW-Authenticate", f"{_REALM}{told}")
            raise Refused(Layer.TOKEN, 401, str(error), headers=[challenge]) from None
        held = self._restrictions()
        if call.principal.id in held.suspended:
            call.principal = None
            raise Refused(Layer.TOKEN, 403, f"this key is suspended: {held.reason or _ASK}")
        call.principal = held.narrowed(call.principal)

    def _check_permission(self, call: Call) -> None:
        if call.match is None:
            found = self._routes.find(call.method, call.path)
            if isinstance(found, NoMatch) and found.allowed:
                allowed = ", ".join(found.allowed)
                raise Refused(
                    Layer.PERMISSION, 405, "Method Not Allowed", headers=[("Allow", allowed)]
                )
            raise Refused(Layer.PERMISSION, 404, "Not Found")
        operation = call.match.route.operation
        if call.principal is None or operation is None:
            raise RuntimeError("a request came here that must not")
        held = self._restrictions()
        if held.read_only and operation not in STILL_ALLOWED:
            told = f"nothing may be changed at present: {held.reason or _ASK}"
            raise Refused(Layer.PERMISSION, 503, told, headers=[_RETRY])
        decision = permitted(call.principal, operation)
        if not decision.allowed:
            challenge = ("WWW-Authenticate", f'{_REALM}, error="insufficient_scope"')
            raise Refused(Layer.PERMISSION, 403, decision.reason, headers=[challenge])

    def _check_behaviour(self, call: Call) -> None:
        named = call.match.document if call.match else None
        who = call.principal.id if call.principal else ""
        self._judge(call, self._behaviour.arrive(who, [named] if named else []))

    def _check_progress(self, call: Call, sent_bytes: int) -> None:
        who = call.principal.id if call.principal else ""
        self._judge(call, self._behaviour.progress(who, sent_bytes=sent_bytes))

    def _judge(self, call: Call, found: Assessment) -> None:
        if found.verdict is Verdict.USUAL:
            return
        if found.fresh:
            _log.warning(
                "behaviour.unusual",
                principal=found.principal,
                client=call.client,
                verdict=found.verdict,
                score=round(found.score, 4),
                reasons=[str(reason) for reason in found.reasons],
            )
        if found.verdict is Verdict.REFUSE:
            if found.fresh:
                self._alert(found, call)
            raise Refused(
                Layer.BEHAVIOUR,
                429,
                "this is very unlike what you usually do: ask an administrator to look at it",
                more={"type": f"{_TYPES}abnormal-usage-detected"},
            )

    def _note_refusal(self, call: Call) -> None:
        """Count what was not permitted as a failure of who tried: guessing shows in numbers."""
        if call.principal is not None:
            self._layer(Layer.BEHAVIOUR, self._check_behaviour, call)
            self.leave(call, status=403, sent_bytes=0)
