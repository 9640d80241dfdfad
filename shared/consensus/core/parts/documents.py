"""JSON, read strictly and within bounds: what cannot be one value is none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

DEEPEST = 48  # arrays and objects within one another
MOST_VALUES = 20_000  # in one document, keys not counted
LONGEST = 400_000  # characters
TRIED = 40  # places in a text where a document may begin

_FENCED = re.compile(r"```[\w+-]{0,20}[ \t]*\r?\n(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[{\[]")


class NotOneValue(ValueError):
    """The text is no JSON document that can be compared; the message says why."""


def loads(text: str) -> Json:
    """The document. Raises NotOneValue for duplicate keys, NaN, and what is too deep or large."""
    if len(text) > LONGEST:
        raise NotOneValue(f"it is longer than {LONGEST} characters")
    try:
        value: Json = _DECODER.decode(text)
    except NotOneValue:
        raise
    except (ValueError, RecursionError) as error:
        raise NotOneValue("it is not JSON") from error
    _check_bounds(value)
    return value


@lru_cache(maxsize=1024)
def held(text: str) -> Json:
    """As `loads`, remembered: a task is tallied at each vote. Not to be changed by who reads it."""
    return loads(text)


def dumps(value: Json) -> str:
    """The document as one line of text, its keys in their order."""
    return _ENCODER.encode(value)


def found_in(text: str) -> Json:
    """The document that a model's text is or holds: all of it, its last fenced block, or its last
    object or array. Raises NotOneValue where there is none."""
    told = text.strip()
    blocks = [block.strip() for block in _FENCED.findall(told)]
    for whole in (told, *reversed(blocks[-TRIED:])):
        try:
            return loads(whole)
        except NotOneValue as error:
            if "JSON" not in str(error):
                raise
    outermost = list(_outermost(told[-LONGEST:]))
    if not outermost:
        raise NotOneValue("it holds no JSON object or array")
    _check_bounds(outermost[-1])
    return outermost[-1]


def _outermost(text: str) -> Iterator[Json]:
    end = tried = 0
    for match in _OPENING.finditer(text):
        if match.start() < end or tried == TRIED:
            continue
        tried += 1
        try:
            value, end = _DECODER.raw_decode(text, match.start())
        except NotOneValue:
            raise
        except (ValueError, RecursionError):
            continue
        yield value


def _check_bounds(value: Json) -> None:
    level, depth, seen = [value], 0, 0
    while level:
        seen += len(level)
        if depth > DEEPEST:
            raise NotOneValue(f"it is more than {DEEPEST} levels deep")
        if seen > MOST_VALUES:
            raise NotOneValue(f"it holds more than {MOST_VALUES} values")
        level = [inner for outer in level for inner in _inside(outer)]
        depth += 1


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise NotOneValue("an object has the same key twice")
    return told


def _number(written: str) -> float:
    value = float(written)
    if not math.isfinite(value):
        raise NotOneValue("a number is out of range")
    return value


def _constant(written: str) -> Json:
    raise NotOneValue(f"{written} is no number")


_ENCODER = json.JSONEncoder(ensure_ascii=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_constant=_constant
)
