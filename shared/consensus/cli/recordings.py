"""Recorded votes on disk: JSON lines, each read into a Recording or refused by file and line.

Fields that a recording does not have are left alone, since such files carry notes of their own, but
named once: a field misspelt would otherwise be missed in silence.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from consensus.cli.terminal import one_line
from consensus.core.errors import CallerError
from consensus.core.model import Strategy
from consensus.core.parts.calls import as_value
from consensus.core.parts.documents import dumps
from consensus.usecases.replay import RecordedVote, Recording

FIELDS = ("id", "strategy", "gold", "prompt", "votes", "kind", "functions")
VOTE_FIELDS = ("answer", "value", "text", "confidence", "model", "tokens", "probability", "correct")
CALLS, TEXT = "calls", "text"
DERIVED = (CALLS, "list", "record")  # what is taken whole, since its parts follow from one another
KINDS = (*DERIVED, "set", "record of sets", TEXT)
MOST_TOLD = 10  # unused fields that are named


class BadRecording(CallerError):
    """A file that cannot be replayed; the message begins with file:line."""

    reason = "BAD_RECORDING"
    usage = True


def read_recordings(file: Path, say: Callable[[str], None] = lambda told: None) -> list[Recording]:
    """Every question of the file, at least one. Blank lines are skipped. Raises BadRecording.

    Fields of no use are said, each once, with the line where it came first.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadRecording(f"cannot read {file}: {error.strerror}") from error
    recordings = []
    unused: dict[str, int] = {}
    for number, line in enumerate(content.removeprefix(BOM_UTF8).split(b"\n"), start=1):
        if line.strip():
            try:
                document = _parse(line)
                recordings.append(_recording(document))
            except ValueError as error:
                raise BadRecording(f"{file}:{number}: {one_line(error, 300)}") from error
            for name in _unused(document):
                unused.setdefault(name, number)
    if not recordings:
        raise BadRecording(f"{file}:1: holds no question; give one JSON object a line")
    if unused:
        told = [f"{name} (line {number})" for name, number in unused.items()]
        more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
        say(f"{file}: fields left alone: {', '.join(told[:MOST_TOLD])}{more}.")
    return recordings


def read_recording(line: bytes) -> Recording:
    """One line. Raises ValueError with what is wrong in it."""
    return _recording(_parse(line))


def _recording(document: Mapping[str, Any]) -> Recording:
    votes = document.get("votes")
    if not isinstance(votes, list) or not votes:
        raise ValueError('"votes" must be a list of at least one vote')
    prompt = _text(document, "prompt", "")
    kind = _text(document, "kind", "")
    if kind and kind not in KINDS:
        raise ValueError(f'"kind" must be one of {", ".join(KINDS)}')
    tools = document.get("functions")
    return Recording(
        id=_id(document),
        votes=tuple(_vote(place, vote, kind) for place, vote in enumerate(votes, start=1)),
        strategy=_strategy(document, prompt, votes[0]),
        gold=_gold(document, kind),
        prompt=prompt,
        derived=kind in DERIVED,
        tools=json.dumps(tools) if kind == CALLS and isinstance(tools, list) else "",
    )


def _gold(document: Mapping[str, Any], kind: str) -> str | None:
    """The right answer; of calls that lists what each argument may be, which is none."""
    gold = document.get("gold")
    if gold is None or kind == CALLS:
        return None
    has_values = any("value" in vote for vote in document["votes"])
    return dumps(gold) if has_values else _answer(gold, '"gold"')


def _parse(line: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValueError("must be a JSON object")
    return document


def _unused(document: Mapping[str, Any]) -> Iterator[str]:
    """The names of a document's fields that no recording has."""
    yield from (f'"{name}"' for name in document if name not in FIELDS)
    for vote in document["votes"]:
        yield from (f'"{name}" of votes' for name in vote if name not in VOTE_FIELDS)


def _vote(place: int, vote: object, kind: str = "") -> RecordedVote:
    where = f"vote {place}"
    if not isinstance(vote, dict):
        raise ValueError(f'{where} must be an object with "answer"')
    if not vote.keys() & {"answer", "value", "text"}:
        raise ValueError(f'{where} lacks "answer" (or "value" for JSON, "text" for a text)')
    return RecordedVote(
        answer=_said(vote, kind, where),
        confidence=_share(vote, "confidence", where),
        model=_text(vote, "model", "", f"{where}: "),
        tokens=_tokens(vote.get("tokens"), where),
        probability=_share(vote, "probability", where),
        correct=_label(vote.get("correct"), where),
    )


def _said(vote: Mapping[str, Any], kind: str, where: str) -> str:
    """What a vote says: an answer, a text, or JSON; null is no answer."""
    if "value" not in vote:
        name = "answer" if "answer" in vote else "text"
        return _answer(vote[name], f'{where}: "{name}"')
    value = vote["value"]
    if value is None:
        return ""
    if kind != CALLS:
        return dumps(value)
    if not isinstance(value, list) or not all(isinstance(c, dict) and "name" in c for c in value):
        raise ValueError(f'{where}: "value" of calls must be a list of {{name, arguments}}')
    return dumps(as_value(value))


def _answer(value: object, where: str) -> str:
    """Answers are text; a bare number is taken as it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{where} must be a string")


def _share(vote: Mapping[str, object], name: str, where: str) -> float | None:
    value = vote.get(name)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f'{where}: "{name}" must be a number from 0 to 1')


def _label(value: object, where: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f'{where}: "correct" must be true or false')


def _tokens(value: object, where: str) -> int:
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f'{where}: "tokens" must be a whole number, 0 or more')


def _id(document: Mapping[str, Any]) -> str:
    value = document.get("id")
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
        return str(value)
    raise ValueError('"id" must be a string or a whole number')


def _strategy(document: Mapping[str, Any], prompt: str, vote: Mapping[str, Any]) -> Strategy | None:
    value = document.get("strategy")
    if value is None and ("value" in vote or "text" in vote):
        return Strategy.STRUCTURED if "value" in vote else Strategy.TEXT
    if value in list(Strategy):
        return Strategy(value)
    if value == "auto":
        if not prompt:
            raise ValueError('"strategy" auto needs a "prompt"')
        return None
    raise ValueError(f'"strategy" must be one of {", ".join(Strategy)}, or auto')


def _text(document: Mapping[str, Any], name: str, default: str, where: str = "") -> str:
    value = document.get(name, default)
    if value is None:
        return default
    if not isinstance(value, str):
        raise ValueError(f'{where}"{name}" must be a string')
    return value
