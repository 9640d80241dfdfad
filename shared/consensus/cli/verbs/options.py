"""Options that several verbs take, and what their help has in common."""

from __future__ import annotations

from typing import Annotated

import typer

LOCAL_URL = "http://127.0.0.1:8080"

EXITS = """\b
Exit codes: 0 consensus, 3 no consensus, 4 cancelled, 1 failed, 2 wrong usage, 130 interrupted."""

Url = Annotated[
    str,
    typer.Option(help="The service; CONSENSUS_API_KEY or CONSENSUS_TOKEN says who asks."),
]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id.")]
JsonOnly = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
TaskAsJson = Annotated[
    bool, typer.Option("--json", help="Print the finished task as JSON, and nothing else.")
]
Local = Annotated[
    bool, typer.Option("--local", help="Ask the first model server found on this machine.")
]
