"""The emulated stack: the deployables themselves, on Google's official emulators.

Each function runs as a process of its own under the functions framework, each worker serves gRPC,
and messages travel over real topics and subscriptions, with the backoff and dead letters of the
cloud. One thing differs: the Pub/Sub emulator pushes only two messages of a subscription at once,
and holds back some that were refused for more than a minute, so forwarders pull them and POST the
same envelope.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from consensus.adapters.google import emulators
from consensus.adapters.google.pubsub_bus import PubSubBus
from consensus.adapters.local.http_server import ensure_free
from consensus.adapters.models.panel_file import read_panel
from consensus.adapters.processes.worker_processes import WorkerProcesses
from consensus.adapters.webhooks.webhooks_file import without_secrets
from consensus.bootstrap import stand_ins
from consensus.bootstrap.background import in_background
from consensus.bootstrap.crew import OF_WORKERS
from consensus.bootstrap.embedded import Stack, with_endpoint
from consensus.config import Settings
from consensus.core.errors import ConfigurationError

# The secrets of each entry point: who calls it, and whom it calls.
_TOLD = {
    "submit": ("api_keys", "worker_token"),
    "dispatch": ("push_token", "worker_token"),
    "aggregate": ("push_token",),
}
FUNCTIONS = Path(__file__).parents[3] / "functions"


@asynccontextmanager
async def emulated(
    settings: Settings,
    *,
    port: int = 0,
    say: Callable[[str], None] = print,
    forward: bool = True,
) -> AsyncIterator[Stack]:
    """Run the stack while the context is open. Its store is the emulator's memory.

    forward: whether messages come over forwarders; else the emulator pushes them, two at once.
    Raises ConfigurationError: no emulator is installed, the port is taken, a part cannot start.
    """
    if not FUNCTIONS.is_dir():
        raise ConfigurationError(
            "serve --emulators runs the functions of a checkout; start it from a clone."
        )
    ensure_free(port)
    async with AsyncExitStack() as stack:
        settings = await stack.enter_async_context(_with_emulators(settings, say))
        settings = settings.with_changes(
            worker_token=SecretStr(secrets.token_urlsafe(32)),
            push_token=SecretStr(secrets.token_urlsafe(32)),
        )
        if not settings.files and not settings.files_bucket:  # kept as long as the emulators' own
            folder = stack.enter_context(TemporaryDirectory(prefix="consensus-"))
            settings = settings.with_changes(files=Path(folder))
        endpoint = await stack.enter_async_context(with_endpoint(settings))
        ports = [emulators.free_port() for _ in range(settings.workers)]
        told_workers = endpoint.environment(*OF_WORKERS) | without_secrets(settings)
        workers = WorkerProcesses(ports, told_workers)
        stack.push_async_callback(workers.stop)
        told = settings.with_changes(worker_targets=tuple(f"127.0.0.1:{p}" for p in ports))
        say("Starting the functions and the workers ...")
        aggregator, dispatcher, _ = await asyncio.gather(
            _function(stack, told, "aggregator", "aggregate"),
            _function(stack, told, "supervisor", "dispatch"),
            workers.start(),
        )
        for forwarder in await stand_ins.connect(
            settings, f"http://{dispatcher}", f"http://{aggregator}", forward=forward
        ):
            await stack.enter_async_context(in_background(forwarder.run()))
        sweeping = stand_ins.keep_sweeping(PubSubBus(settings))
        await stack.enter_async_context(in_background(sweeping))
        # Last, so that no task comes before there are topics for it.
        supervisor = await _function(stack, told, "supervisor", "submit", port)
        yield Stack(f"http://{supervisor}", not settings.has_endpoint)


@asynccontextmanager
async def _with_emulators(
    settings: Settings, say: Callable[[str], None]
) -> AsyncIterator[Settings]:
    """The settings with both emulators' addresses; those not named are started meanwhile."""
    async with AsyncExitStack() as stack:

        async def address(kind: emulators.Kind, named: str | None) -> str:
            if named:
                return named
            say(f"Starting the {kind} emulator ...")
            started = await emulators.start(kind)
            stack.push_async_callback(started.stop)
            return started.address

        firestore, pubsub = await asyncio.gather(
            address("firestore", settings.firestore_emulator_host),
            address("pubsub", settings.pubsub_emulator_host),
        )
        yield settings.with_changes(firestore_emulator_host=firestore, pubsub_emulator_host=pubsub)


async def _function(
    stack: AsyncExitStack, settings: Settings, folder: str, target: str, port: int = 0
) -> str:
    """Keep an entry point running, as its platform would; returns its host:port."""
    source = str(FUNCTIONS / folder / "main.py")
    module = "consensus.bootstrap.function_process"
    command = (module, "--target", target, "--source", source, "--port")
    # A port of its own, so that it comes back where others know it.
    environment = environment_of(target, settings)
    kept = WorkerProcesses([port or emulators.free_port()], environment, command)
    stack.push_async_callback(kept.stop)
    await kept.start()
    return kept.targets()[0]


def environment_of(target: str, settings: Settings) -> dict[str, str]:
    """The environment of an entry point: only the one that callers reach knows their keys.

    Models' keys are the workers', unless a model is to analyse tasks; webhooks' secrets are the
    aggregator's. Raises ConfigurationError.
    """
    told = list(_TOLD[target])
    hidden = {} if target == "aggregate" else without_secrets(settings)
    if target == "submit" and settings.analysis == "model":
        return settings.environment(*told, "openai_api_key") | hidden
    return settings.environment(*told) | _without_keys(settings) | hidden


def _without_keys(settings: Settings) -> dict[str, str]:
    """The voters' key variables, empty: a child would inherit them."""
    return {voter.key_name: "" for voter in read_panel(settings).voters if voter.key_name}
