"""Model servers and keys that this machine has, told to whoever has named no endpoint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping

from consensus.cli.terminal import note, one_line
from consensus.core.errors import ConfigurationError

MOST_SHOWN = 5


def use_local_server() -> None:
    """Have this process ask the first model server found here. Raises ConfigurationError."""
    from consensus.adapters.models.model_servers import PORTS, on_this_machine

    found = asyncio.run(on_this_machine(os.environ))
    if not found:
        ports = ", ".join(map(str, PORTS))
        raise ConfigurationError(
            f"No model server answers on this machine, at OLLAMA_HOST or on the ports {ports}. "
            "Start one, such as `ollama serve`, or set OPENAI_BASE_URL."
        )
    server = found[0]
    model = os.environ.get("OPENAI_MODEL") or server.models[0]
    os.environ.pop("OPENAI_API_KEY", None)  # meant for somebody else
    os.environ |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_MODEL": model}
    note(f"Asking {one_line(model, 80)} at {server.base_url}.")


def hints(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Commands that would ask a model server found here, or a provider whose key is set."""
    from consensus.adapters.models.model_servers import on_this_machine
    from consensus.adapters.models.providers import with_keys

    for server in asyncio.run(on_this_machine(environment))[:MOST_SHOWN]:
        names = ", ".join(server.models[:MOST_SHOWN])
        yield f"{server.base_url} has {one_line(names, 200)}: {one_line(server.command(), 300)}"
    for provider in with_keys(environment):
        key = f"OPENAI_API_KEY=${provider.key}"
        address = f"OPENAI_BASE_URL={provider.base_url}"
        yield f'{provider.key} is set: {address} {key} OPENAI_MODEL=NAME consensus ask "..."'
