"""A file that the operator wrote: TOML or JSON, held to a model, and told where it is wrong."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from consensus.core import figures
from consensus.core.errors import ConfigurationError
from consensus.said_plainly import in_words

Model = TypeVar("Model", bound=BaseModel)


def read_file(variable: str, path: Path, model: type[Model], largest: int) -> Model:
    """What the file says that the variable names, of at most so many bytes.

    JSON where its name ends so, else TOML. Raises ConfigurationError, which never quotes what was
    written there: it may be a key.
    """
    try:
        with path.open("rb") as file:
            text = file.read(largest + 1)
        if len(text) > largest:
            raise ValueError(f"it is larger than {figures.size(largest)}")
        is_json = path.suffix.lower() == ".json"
        written = json.loads(text) if is_json else tomllib.loads(text.decode("utf-8-sig"))
        return model.model_validate(written)
    except OSError as error:
        raise _wrong(variable, path, error.strerror or "cannot be read") from error
    except ValueError as error:
        raise _wrong(variable, path, _told(error)) from None


def _told(error: ValueError) -> str:
    match error:
        case ValidationError():
            problems: list[Any] = error.errors(include_input=False, include_url=False)
            return "; ".join(map(_of_a_place, problems[:5]))
        case tomllib.TOMLDecodeError() | json.JSONDecodeError():
            return f"it is not well formed: {error}"
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case _:
            return str(error)


def _of_a_place(problem: Mapping[str, Any]) -> str:
    place = ".".join(map(str, problem["loc"])) or "the file"
    is_sentence = problem["type"] == "value_error"
    return f"{place}: {in_words(problem)}" if is_sentence else f"{place} {in_words(problem)}"


def _wrong(variable: str, path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"{variable}={path}: {what}.")
