"""What options say, as the service takes it. Raises BadParameter, which ends with exit code 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer


def question(prompt: str | None, file: Path | None) -> str:
    """The question's text: what was typed, read or filed; typed and filed, in that order."""
    if prompt is None and file is None:
        raise typer.BadParameter('say what the panel is to answer: consensus ask "..." or --file')
    parts = [] if prompt is None else [_typed(prompt)]
    if file is not None:
        parts.append(_decoded(file.read_bytes(), str(file)))
    text = "\n\n".join(parts)
    if not text.strip():
        raise typer.BadParameter("the question is empty; say what the panel is to answer")
    return text


def metadata(pairs: Sequence[str]) -> dict[str, str] | None:
    """NAME=VALUE, each; None for none."""
    told: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not name or not sign:
            raise typer.BadParameter(f'--metadata takes NAME=VALUE, not "{pair}"')
        told[name] = value
    return told or None


def response_format(given: str | None) -> dict[str, Any] | None:
    """OpenAI's response_format for "json" or for a file of a JSON Schema; None for None."""
    if given is None:
        return None
    if given == "json":
        return {"type": "json_object"}
    file = Path(given)
    if not file.is_file():
        raise typer.BadParameter(f'--format takes "json" or a file of a JSON Schema, not "{given}"')
    try:
        schema = json.loads(_decoded(file.read_bytes(), given))
    except ValueError as error:
        raise typer.BadParameter(f"{given} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise typer.BadParameter(f"{given} holds no JSON Schema: it must be a JSON object")
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _typed(prompt: str) -> str:
    if prompt == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise typer.BadParameter("the question is not UTF-8 text")
    return prompt


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{name} is not UTF-8 text") from error
