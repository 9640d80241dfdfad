"""What a validator found wrong, in a person's words: no library's, and nothing of the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "string_pattern_mismatch": "is not of the form {pattern}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than": "must be over {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be under {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
}
_ONE_OF: Final = ("literal_error", "enum")


def in_words(problem: Mapping[str, Any]) -> str:
    """One of pydantic's problems, after the name of what is wrong: "must be a whole number"."""
    kind, told = problem["type"], problem.get("ctx", {})
    if kind in _ONE_OF:
        expected = told["expected"].replace("'", "")
        return f"must be one of {expected}" if "," in expected else f"must be {expected}"
    if kind in _WORDS:
        return _WORDS[kind].format(**told)
    said: str = problem["msg"]
    return said.removeprefix("Value error, ").replace("Input should be", "must be")
