"""The examples of deployment: what can be checked of them without a container engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
import typer
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry

from api import KnowledgeBase, server
from api.cli.app import app
from foundation.operations import exporting
from foundation.security.binding import check_binding, is_weak
from foundation.security.settings import SecuritySettings, load_security_settings
from foundation.settings import PREFIX, Settings, load_settings
from tests.api.doors import served

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "deployment"
COMPOSE: dict[str, Any] = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (EXAMPLES / "Dockerfile").read_text())
UNIT = (EXAMPLES / "elders.service").read_text()
KNOWN = {
    PREFIX + name.upper() for kind in (Settings, SecuritySettings) for name in kind.model_fields
}


def instructions(name: str) -> list[str]:
    return re.findall(rf"^ *{name} (.*)$", DOCKERFILE, re.MULTILINE)


def lines(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def image_environment() -> dict[str, str]:
    """Answer the variables of the image that is run."""
    return dict(each.split("=", 1) for each in instructions("ENV")[-1].split())


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    subprocess.run(["sh", EXAMPLES / "make-secrets.sh", folder], check=True)
    return folder


@pytest.mark.parametrize("file", sorted(each.name for each in EXAMPLES.iterdir() if each.is_file()))
def test_every_setting_that_an_example_names_is_one(file: str) -> None:
    text = (EXAMPLES / file).read_text()
    named = set(re.findall(r"\bELDERS_[A-Z_]+\b", text))
    named |= {found.upper() for found in re.findall(r"\belders_[a-z]+_[a-z_]+\b", text)}
    assert named - KNOWN == set()


@pytest.mark.parametrize(
    "arguments",
    [
        SERVICES["elders"]["command"],
        json.loads(instructions("CMD")[-1]),
        lines("ExecStart")[0].split()[1:],
    ],
    ids=["compose", "image", "unit"],
)
def test_the_command_line_knows_each_command(arguments: list[str]) -> None:
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    assert arguments[0] == "serve"
    given = command.commands["serve"].make_context("serve", arguments[1:]).params
    assert given["port"] == 8000


def test_images_are_pinned_to_a_version() -> None:
    images = [each["image"] for each in SERVICES.values()] + instructions("FROM")
    assert len(images) == 6
    assert [
        each for each in images if not re.search(r":\d+\.\d+\.?\d*[\w.-]*( AS \w+)?$", each)
    ] == []


def test_one_port_is_published_to_this_machine_and_its_callers_need_keys() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"elders": ["127.0.0.1:8000:8000"]}
    assert COMPOSE["networks"]["back"]["internal"] is True
    inside = {name for name, each in SERVICES.items() if each["networks"] == ["back"]}
    assert inside == set(SERVICES) - {"elders"}
    for text in (UNIT, DOCKERFILE, str(COMPOSE), (EXAMPLES / "elders.env").read_text()):
        assert f"{PREFIX}AUTH" not in text


def test_no_secret_stands_in_an_example(secrets: Path) -> None:
    told = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|_URL$")
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not told.search(name) or str(value).startswith("/run/secrets"), name
    assert {each["file"] for each in COMPOSE["secrets"].values()} <= {
        f"./secrets/{each.name}" for each in secrets.iterdir()
    }
    used = {name for each in SERVICES.values() for name in each.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert "docs/deployment/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_secrets_that_are_made_are_strong_and_kept(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {each.name: each.read_text() for each in secrets.iterdir()}
    subprocess.run(["sh", EXAMPLES / "make-secrets.sh", secrets], check=True)
    assert {each.name: each.read_text() for each in secrets.iterdir()} == made
    random = [made[name] for name in ("postgres_password", "elders_key_pepper", "redis_password")]
    assert len(set(random)) == 3
    assert not any(is_weak(each) for each in random)
    assert secrets.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("ELDERS_SECRETS_DIR", str(secrets))
    for name, value in {**image_environment(), **SERVICES["elders"]["environment"]}.items():
        if name != "ELDERS_SECRETS_DIR" and name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    settings, security = load_settings(), load_security_settings()
    assert settings.database_url is not None
    assert made["postgres_password"] in settings.database_url.get_secret_value()
    assert settings.cache_url is not None
    assert security.rate_limit_url is not None
    check_binding("0.0.0.0", auth_on=security.auth, secrets=security.secrets())


@pytest.fixture
def redis_port(secrets: Path) -> Iterator[int]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = int(sock.getsockname()[1])
    process = subprocess.Popen(
        [program, secrets / "redis_conf", "--port", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.PIPE, text=True, cwd=secrets,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[str] = []
    while "Ready to accept connections" not in (said or [""])[-1]:
        said.append(process.stdout.readline())
        assert said[-1], said
    yield port
    process.terminate()
    process.communicate(timeout=20)


def test_redis_takes_its_file_and_wants_the_password(secrets: Path, redis_port: int) -> None:
    url = (secrets / "elders_cache_url").read_text().strip()
    assert url.count("redis:6379") == 1
    with redis.Redis.from_url(url.replace("redis:6379", f"127.0.0.1:{redis_port}")) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lfu"}
    with (
        redis.Redis(port=redis_port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_image_has_what_it_copies_and_runs_as_nobody_of_note() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    copied = [each.split()[0] for each in instructions("COPY") if "--from" not in each]
    copied += ["README.md"] if "COPY pyproject.toml README.md ./" in DOCKERFILE else []
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages <= set(copied)
    assert [each for each in copied if not (ROOT / each).exists()] == []
    ignoring = (EXAMPLES / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{each}" for each in copied} <= set(ignoring)
    assert "*" in ignoring
    extras = dict(each.split("=", 1) for each in instructions("ARG"))["EXTRAS"].split(",")
    assert set(extras) <= set(project["project"]["optional-dependencies"])
    assert instructions("USER") == ["10001:10001"]
    volumes = json.loads(instructions("VOLUME")[0])
    kept = image_environment()
    for name in ("ELDERS_HOME", "ELDERS_MODELS_DIR", "NUMBA_CACHE_DIR"):
        assert any(Path(kept[name]).is_relative_to(each) for each in volumes), name
    mounted = {each.split(":")[1] for each in SERVICES["elders"]["volumes"]}
    assert mounted == set(volumes)
    assert SERVICES["elders"]["read_only"] is True


def test_the_image_is_healthy_as_long_as_the_server_answers(home: Path) -> None:
    program, *arguments = json.loads(instructions("HEALTHCHECK")[0].split(" CMD ")[-1])
    assert program == "python"

    def status(port: int) -> int:
        command = [each.replace(":8000/", f":{port}/") for each in arguments]
        return subprocess.run([sys.executable, *command], check=False, stderr=-3).returncode

    with KnowledgeBase.open(home, background=False, embedder="hashing") as base:
        running = served(base)
        port = running.client.base_url.port
        assert port is not None
        assert status(port) == 0
        running.stop()
    assert status(port) == 1


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_whoever_stops_it_waits_longer_than_it_takes_to_end() -> None:
    least = server._OPTIONS["timeout_graceful_shutdown"] + exporting._LAST_SECONDS
    grace = SERVICES["elders"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > 2 * least
    assert int(lines("TimeoutStopSec")[0]) > 2 * least
    assert lines("SuccessExitStatus") == [str(128 + 15)]


def test_the_units_files_are_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = {"%S/elders": "StateDirectory", "%C/elders": "CacheDirectory"}
    assert {name: lines(name) for name in folders.values()} == {
        "StateDirectory": ["elders"], "CacheDirectory": ["elders"],
    }  # fmt: skip
    environment: Mapping[str, str] = dict(each.split("=", 1) for each in lines("Environment"))
    assert environment["ELDERS_SECRETS_DIR"] == "%d"
    for name in ("ELDERS_HOME", "ELDERS_MODELS_DIR", "NUMBA_CACHE_DIR"):
        assert environment[name].startswith(tuple(folders))
    for each in lines("(?:# )?LoadCredential"):
        name, _, path = each.partition(":")
        assert Path(path).name == name
    for name, value in environment.items():
        monkeypatch.setenv(name, re.sub("%.", str(tmp_path), value))
    assert load_settings().log_format == "json"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a command that is there."""
    path = tmp_path / "elders.service"
    program = lines("ExecStart")[0].split()[0]
    path.write_text(UNIT.replace(program, sys.executable))
    return path


@pytest.mark.parametrize(
    "arguments", [["verify"], ["security", "--offline=true", "--threshold=20", "--no-pager"]]
)
def test_systemd_finds_no_fault_with_the_unit(unit: Path, arguments: list[str]) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze on this machine")
    done = subprocess.run(
        [program, *arguments, unit], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "elders.service" not in done.stderr
