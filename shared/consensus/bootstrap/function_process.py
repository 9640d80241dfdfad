"""One function as a process of its own on this machine, under the functions framework.

python -m consensus.bootstrap.function_process --target submit --source DIR/main.py
"""

from __future__ import annotations

import argparse

from consensus.adapters.local import event_loop
from consensus.adapters.local.http_server import serving
from consensus.adapters.processes.parent import say_ready, until_told_to_end


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, help="the entry point's name")
    parser.add_argument("--source", required=True, help="the function's main.py")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    options = parser.parse_args()
    event_loop.run(_serve(options.target, options.source, options.port))


async def _serve(target: str, source: str, port: int) -> None:
    from functions_framework.aio import create_asgi_app  # noqa: PLC0415  an optional extra

    async with until_told_to_end() as ending, serving(create_asgi_app(target, source), port) as at:
        say_ready(at)
        await ending.wait()


if __name__ == "__main__":
    main()
