"""The Python client of the HTTP API."""

from __future__ import annotations

from api.client.awaiting import AsyncClient
from api.client.learning import Purged
from api.client.waiting import Client

__all__ = ["AsyncClient", "Client", "Purged"]
