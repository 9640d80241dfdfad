"""What a child process is told: the settings, and only the secrets that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from consensus.adapters.processes.child_process import Child
from consensus.adapters.processes.worker_processes import WORKER, WorkerProcesses
from consensus.bootstrap.embedded import embedded
from consensus.bootstrap.emulated import environment_of
from consensus.config import Settings
from consensus.core.errors import ConfigurationError

SECRETS = {
    "OPENAI_API_KEY": "openai_api_key",
    "CONSENSUS_VOTES_TOKEN": "votes_token",
    "CONSENSUS_WORKER_TOKEN": "worker_token",
    "CONSENSUS_PUSH_TOKEN": "push_token",
    "CONSENSUS_API_KEYS": "api_keys",
    "CONSENSUS_API_KEY": "api_key",
    "CONSENSUS_TOKEN": "token",
}
WORKERS = ("CONSENSUS_WORKER_TOKEN",)
READ = """
from consensus.config import Settings
held = Settings.read()
print(held.workers, *(name for name in %r if getattr(held, name) is not None))
"""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with every secret, all from this process's environment."""
    for variable in SECRETS:
        monkeypatch.setenv(variable, f"secret of {variable}")
    monkeypatch.setenv("CONSENSUS_WORKERS", "7")
    return Settings.read()


def test_every_secret_is_known_to_be_one(settings: Settings) -> None:
    """A new setting that is a secret is withheld unless it is named."""
    secret = {
        name for name in Settings.model_fields if isinstance(getattr(settings, name), SecretStr)
    }
    assert secret == set(SECRETS.values())
    assert [text for text in settings.environment().values() if "secret" in text] == []


@pytest.mark.parametrize("named", [(), ("openai_api_key", "votes_token"), ("api_keys",)])
def test_a_child_reads_the_settings_and_the_secrets_that_are_named(
    settings: Settings, named: tuple[str, ...]
) -> None:
    """Though it inherits an environment in which all of them stand."""
    done = subprocess.run(
        [sys.executable, "-c", READ % (sorted(SECRETS.values()),)],
        env={**os.environ, **settings.environment(*named)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["7", *sorted(named)]


async def test_an_embedded_worker_knows_no_callers_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the model's key and the token of its parent's door."""
    told: list[dict[str, str]] = []

    async def start(workers: WorkerProcesses) -> None:
        told.append(dict(workers._environment))
        raise ConfigurationError("enough")

    monkeypatch.setattr(WorkerProcesses, "start", start)
    with pytest.raises(ConfigurationError, match="enough"):
        async with embedded(settings, store=":memory:"):
            pass
    assert {name for name in SECRETS if told[0][name]} == {
        "OPENAI_API_KEY",
        "CONSENSUS_VOTES_TOKEN",
        "CONSENSUS_WORKER_TOKEN",
    }


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (("submit", "rules"), {"CONSENSUS_API_KEYS", *WORKERS}),
        (("submit", "model"), {"CONSENSUS_API_KEYS", "OPENAI_API_KEY", "ADAS_KEY", *WORKERS}),
        (("dispatch", "model"), {"CONSENSUS_PUSH_TOKEN", *WORKERS}),
        (("aggregate", "model"), {"CONSENSUS_PUSH_TOKEN", "HOOK_SECRET"}),
    ],
)
def test_a_function_knows_what_it_needs(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: tuple[str, str],
    known: set[str],
) -> None:
    """Callers' keys where callers come, models' where a model is asked, webhooks' where they go."""
    panel = tmp_path / "panel.toml"
    panel.write_text('[[voters]]\nname = "ada"\nmodel = "m"\nkey = "ADAS_KEY"\n')
    monkeypatch.setenv("ADAS_KEY", "secret of Ada's")
    hooks = tmp_path / "hooks.toml"
    hooks.write_text(
        '[[webhooks]]\nname = "crm"\nurl = "https://crm.example/"\nsecret = "HOOK_SECRET"\n'
    )
    monkeypatch.setenv("HOOK_SECRET", "secret of a hook's")
    target, analysis = function
    chosen = settings.with_changes(panel=panel, analysis=analysis, webhooks=hooks)
    inherited = {**os.environ, **environment_of(target, chosen)}
    assert {name for name in (*SECRETS, "ADAS_KEY", "HOOK_SECRET") if inherited.get(name)} == known


TRAP = """
from pathlib import Path
Path(__file__).with_suffix(".sprung").touch()
raise SystemExit("imported from where somebody stands")
"""
NAMES = ("calendar", "token", "numpy", "openai", "sitecustomize", "email", "grpc")


@pytest.mark.parametrize("paths", ["", ":", ".:{here}"])
async def test_no_child_imports_from_where_somebody_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: str
) -> None:
    """Files there may be named like modules: neither run they in a worker, nor break its start."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(TRAP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", paths.format(here=Path(__file__).parents[1]))
    child = await Child.start((*WORKER, "0"), {"OPENAI_API_KEY": "k"})
    await child.stop()
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".sprung")]
