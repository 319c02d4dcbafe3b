"""What can be set about messages; read once at the edge, as all settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.settings import PREFIX, Count, read_settings

_Prefix = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


class BusSettings(BaseSettings):
    """What carries messages, with its defaults.

    Attributes:
        secrets_dir: as for all settings.
        bus_url: a RabbitMQ broker (`amqp://`, or `amqps://` with TLS); without it messages stay
            within the process.
        bus_ca_file: certificates of who may have signed the broker's; without it the system's.
        bus_prefix: begins the names of all queues.
        bus_capacity: messages that wait for one recipient.
        bus_send_seconds: how long a message's sender tries.
        bus_deliveries: how often a message is handed over before it is dead.
        bus_outage_seconds: how long a message waits for what is not available to whoever handles
            it, before that counts as such a handing over; less than the broker waits for it.
        bus_batch_messages: that go together at the most.
        bus_batch_seconds: how long the first of them waits for others; 0 sends each by itself.
        bus_keys_file: the keys of sealed envelopes; without it messages are not sealed.
        bus_signing_file: the private keys of those in whose name this process sends.
        bus_lifetime_seconds: how long an envelope is valid at the most.
        bus_clock_skew_seconds: how much the clocks of two machines may differ.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    secrets_dir: Path | None = None
    bus_url: SecretStr | None = None
    bus_ca_file: Path | None = None
    bus_prefix: _Prefix = "elders"
    bus_capacity: Count = 10_000
    bus_send_seconds: float = Field(default=10.0, gt=0, le=300)
    bus_deliveries: Count = 5
    bus_outage_seconds: float = Field(default=900.0, ge=0, le=86_400)
    bus_batch_messages: Count = 100
    bus_batch_seconds: float = Field(default=0.5, ge=0, le=60)
    bus_keys_file: Path | None = None
    bus_signing_file: Path | None = None
    bus_lifetime_seconds: Count = 86_400
    bus_clock_skew_seconds: int = Field(default=30, ge=0, le=3_600)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.bus_signing_file is not None and self.bus_keys_file is None:
            raise ValueError(f"{PREFIX}BUS_SIGNING_FILE needs {PREFIX}BUS_KEYS_FILE")
        if self.bus_ca_file is not None and self.bus_url is None:
            raise ValueError(f"{PREFIX}BUS_CA_FILE needs {PREFIX}BUS_URL")
        return self


def load_bus_settings(**overrides: Any) -> BusSettings:
    """Read the environment and the folder of secrets.

    Args:
        overrides: settings by name, which go before the environment.

    Raises:
        InvalidInput: a variable has a wrong value. The message names it, and repeats no secret.
    """
    return read_settings(BusSettings, overrides)
