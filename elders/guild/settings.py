"""What can be set about the guild; read once at the edge, as all settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from elders.tasks.model import Amount, Name
from foundation.settings import PREFIX, Seconds, Share, read_settings


class GuildSettings(BaseSettings):
    """How the guild is run, with its defaults.

    Attributes:
        secrets_dir: as for all settings.
        guild_folder: where its store lies; by default the folder `guild` in the home.
        guild_database_url: a PostgreSQL database in place of the store's file; members on several
            machines need one.
        guild_platform_url: where the platform is served.
        guild_api_key: a curator's key for all collections and labels.
        guild_cycle_seconds: between two learning cycles.
        guild_improve_seconds: between two rounds of improvement.
        guild_beat_seconds: between two signs of life of a member.
        guild_answer_seconds: within which tasks are promised to be done; below 1 there are half as
            many workers again.
        guild_capacity: how much there is of what tasks hold while they run, as a JSON object by
            name; of what it does not name there is no end.
        guild_similarity: the chance from which on a passage is a similar case.
        guild_incident_actions: whether the Incident Sage acts, on incidents and to improve;
            otherwise it only plans, reports and asks. To act it needs an admin's key.
        guild_alert_rules: a file of rules for alerts; without it they have their defaults.
        guild_patience_seconds: how long a learning task may stay open before it is tried again.
        incident_key: an admin's key for all collections and labels, for an Incident Sage that is
            a process by itself (`python -m elders.incidents`).
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    secrets_dir: Path | None = None
    guild_folder: Path | None = None
    guild_database_url: SecretStr | None = None
    guild_platform_url: str = "http://127.0.0.1:8000"
    guild_api_key: SecretStr | None = None
    guild_cycle_seconds: Seconds = 3_600.0
    guild_improve_seconds: Seconds = 3_600.0
    guild_beat_seconds: Seconds = 10.0
    guild_answer_seconds: Seconds | None = None
    guild_capacity: Mapping[Name, Amount] = {}
    guild_similarity: Share = 0.8
    guild_incident_actions: bool = False
    guild_alert_rules: Path | None = None
    guild_patience_seconds: Seconds = 600.0
    incident_key: SecretStr | None = None


def load_guild_settings(**overrides: Any) -> GuildSettings:
    """Read the environment and the folder of secrets.

    Args:
        overrides: settings by name, which go before the environment.

    Raises:
        InvalidInput: a variable has a wrong value. The message names it, and repeats no secret.
    """
    return read_settings(GuildSettings, overrides)


def database_url(settings: GuildSettings | None = None) -> str | None:
    """Answer the PostgreSQL database that holds the guild's store; None for the store's file.

    Raises:
        InvalidInput: a variable has a wrong value.
    """
    url = (settings or load_guild_settings()).guild_database_url
    return None if url is None else url.get_secret_value()
