"""JSON bodies read strictly, and off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pydantic_core
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException


class StrictRequest(Request):
    """A request whose JSON may not hold NaN, half surrogate pairs or thousands of levels."""

    async def json(self) -> Any:  # noqa: ANN401 - as its parent says
        """Read the body.

        Raises:
            HTTPException: 422, it is no JSON; the message says where.
        """
        body = await self.body()
        try:
            return await run_in_threadpool(pydantic_core.from_json, body, allow_inf_nan=False)
        except ValueError as error:
            raise HTTPException(422, f"the body is no JSON: {error}") from error


class StrictRoute(APIRoute):
    """A route that reads its body as `StrictRequest` does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand a strict request to the usual handler."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if not isinstance(request, StrictRequest):  # else its body may have been read already
                request = StrictRequest(request.scope, request.receive)
            return await handler(request)

        return strict
