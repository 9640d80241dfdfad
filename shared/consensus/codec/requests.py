"""What callers send over HTTP: request bodies and queries to values.

Reading is total: any bytes give a value or a CallerError that names the field and says what it
takes. Nothing of the caller's text is repeated in an error.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from consensus.core.equivalence.plain import visible
from consensus.core.errors import CallerError, InvalidTask
from consensus.core.model import (
    Message,
    Options,
    State,
    Strategy,
    Voting,
)

ROLES = ("system", "user", "assistant")
MAX_VOTES = 64
METADATA_ENTRIES = 16
METADATA_KEY_LENGTH = 64
METADATA_VALUE_LENGTH = 512
PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

_WHOLE = re.compile(r"[0-9]{1,9}")


class Malformed(CallerError):
    """Not JSON, not UTF-8, or a header outside its grammar (400)."""

    reason = "MALFORMED"


class TooLarge(CallerError):
    """More text than the service takes (413)."""

    reason = "TOO_LARGE"


class UnknownField(InvalidTask):
    """A field that the surface does not have (422)."""

    reason = "UNKNOWN_FIELD"


class ReservedField(InvalidTask):
    """A field that the surface keeps for later (422)."""

    reason = "RESERVED_FIELD"


@dataclass(frozen=True, slots=True)
class Submission:
    """A request body as values. fingerprint is the SHA-256 of its canonical JSON, in hex."""

    messages: tuple[Message, ...]
    prompt: str | None = None
    options: Options = Options()
    metadata: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which tasks a listing shows."""

    state: State | None = None
    size: int = PAGE_SIZE
    token: str = ""


def read_submission(body: bytes, max_prompt_bytes: int) -> Submission:
    """A POSTed task. Raises Malformed, InvalidTask (unknown or reserved fields too), TooLarge."""
    return submission_of(read_object(body), max_prompt_bytes)


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object that a body is. Raises Malformed."""
    document = parse(body)
    if not isinstance(document, dict):
        raise Malformed("The body must be one JSON object.")
    return document


def submission_of(document: Mapping[str, object], max_prompt_bytes: int) -> Submission:
    """What a task's JSON object asks for. Raises as `read_submission` does."""
    given = {name: value for name, value in document.items() if value is not None}
    _refuse_unknown(given)
    prompt, messages = _conversation(given)
    if sum(len(m.content.encode()) for m in messages) > max_prompt_bytes:
        raise TooLarge(f"The prompt may have {max_prompt_bytes} bytes of UTF-8; shorten it.")
    return Submission(
        messages,
        prompt,
        _options(given),
        _metadata(given.get("metadata", {})),
        fingerprint(document),
    )


def read_page_query(query: Mapping[str, str]) -> PageQuery:
    """The query of a listing. Raises InvalidTask (an unknown name too)."""
    known = ("state", "page_size", "page_token")
    if any(name not in known for name in query):
        raise UnknownField(f"A listing takes {', '.join(known)}, and nothing else.")
    state, size = query.get("state"), query.get("page_size")
    if state and state not in State.__members__:
        raise InvalidTask(f"state must be one of {', '.join(State)}.")
    if size and not (_WHOLE.fullmatch(size) and 1 <= int(size) <= MAX_PAGE_SIZE):
        raise InvalidTask(f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}.")
    return PageQuery(
        State(state) if state else None,
        int(size) if size else PAGE_SIZE,
        query.get("page_token", ""),
    )


def parse(body: bytes) -> object:
    """Strict JSON: UTF-8, no NaN or Infinity, no name twice in an object. Raises Malformed."""
    try:
        return json.loads(
            body.decode(), parse_constant=_no_constant, object_pairs_hook=_unique_names
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8. Encode the JSON as UTF-8.") from None
    except (ValueError, RecursionError):
        raise Malformed("The body is not valid JSON. Send one JSON object.") from None


def fingerprint(document: object) -> str:
    """SHA-256 of the canonical JSON, in hex: the same for any spacing or order of names."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _no_constant(_: str) -> object:
    raise ValueError


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidTask(f"{what} must be a JSON object.")
    return value


def _refuse_unknown(document: Mapping[str, object]) -> None:
    if "response_format" in document:
        raise ReservedField("response_format is reserved for later; leave it out.")
    known = {"prompt", "messages", "metadata", *_OPTIONS}
    unknown = sorted(set(document) - known)
    if unknown:
        # As ASCII and cut: the name is the caller's text, and may be anything.
        shown = json.dumps(unknown[0])[:80]
        raise UnknownField(f"Unknown field {shown}. Known: {', '.join(sorted(known))}.")


def _conversation(document: Mapping[str, object]) -> tuple[str | None, tuple[Message, ...]]:
    if ("prompt" in document) == ("messages" in document):
        raise InvalidTask("Give either prompt or messages, and not both.")
    if "prompt" in document:
        prompt = _spoken("prompt", document["prompt"])
        return prompt, (Message("user", prompt),)
    listed = document["messages"]
    if not isinstance(listed, list) or not listed:
        raise InvalidTask("messages must be a list of {role, content} objects, at least one.")
    messages = tuple(_message(f"messages[{n}]", item) for n, item in enumerate(listed))
    if all(m.role != "user" for m in messages):
        raise InvalidTask("messages must hold at least one of role user.")
    return None, messages


def _message(name: str, value: object) -> Message:
    message = _object(value, name)
    if set(message) != {"role", "content"}:
        raise InvalidTask(f"{name} must have role and content, and nothing else.")
    role = message["role"]
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidTask(f"{name}.role must be one of {', '.join(ROLES)}.")
    return Message(role, _spoken(f"{name}.content", message["content"]))


def _spoken(name: str, value: object) -> str:
    text = _text(name, value)
    if not visible(text).strip():
        raise InvalidTask(f"{name} is empty; say what the panel is to answer.")
    return text


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidTask(f"{name} must be a string.")
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise InvalidTask(f"{name} holds a NUL or half a surrogate pair, which no store can keep.")
    return value


def _metadata(value: object) -> dict[str, str]:
    entries = _object(value, "metadata")
    if len(entries) > METADATA_ENTRIES:
        raise InvalidTask(f"metadata may have {METADATA_ENTRIES} entries.")
    return {_metadata_key(key): _metadata_value(value) for key, value in entries.items()}


def _metadata_key(key: str) -> str:
    if not 1 <= len(_text("A metadata key", key)) <= METADATA_KEY_LENGTH:
        raise InvalidTask(f"A metadata key must have 1 to {METADATA_KEY_LENGTH} characters.")
    return key


def _metadata_value(value: object) -> str:
    text = _text("A metadata value", value)
    if len(text) > METADATA_VALUE_LENGTH:
        raise InvalidTask(f"A metadata value may have {METADATA_VALUE_LENGTH} characters.")
    return text


def _options(document: Mapping[str, object]) -> Options:
    values: dict[str, Any] = {
        name: read(name, document[name]) for name, read in _OPTIONS.items() if name in document
    }
    options = Options(**values)
    least, most = options.min_votes, options.max_votes
    if least is not None and most is not None and least > most:
        raise InvalidTask("min_votes must not be over max_votes.")
    return options


Member = TypeVar("Member", bound=StrEnum)


def _choice(members: type[Member], *undecided: str) -> Callable[[str, object], Member | None]:
    """Reads one of the members' values; the undecided words leave it to task analysis."""
    words: dict[str, Member | None] = dict.fromkeys(undecided)
    words.update((member.value, member) for member in members)

    def read(name: str, value: object) -> Member | None:
        if not isinstance(value, str) or value not in words:
            raise InvalidTask(f"{name} must be one of {', '.join(words)}.")
        return words[value]

    return read


def _integer(low: int, high: int) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InvalidTask(f"{name} must be a whole number from {low} to {high}.")
        return value

    return read


def _number(low: float, high: float) -> Callable[[str, object], float]:
    def read(name: str, value: object) -> float:
        number = value if isinstance(value, int | float) else math.nan
        # The comparison refuses NaN, and what overflowed to infinity.
        if isinstance(value, bool) or not low <= number <= high:
            raise InvalidTask(f"{name} must be a number from {low} to {high}.")
        return float(number)

    return read


_OPTIONS: Mapping[str, Callable[[str, object], object]] = {
    "strategy": _choice(Strategy, "auto"),
    "voting": _choice(Voting),
    "min_votes": _integer(1, MAX_VOTES),
    "max_votes": _integer(1, MAX_VOTES),
    "min_agreement": _number(0.5, 1),
    "timeout_seconds": _number(5, 540),
    "numeric_tolerance": _number(0, 1),
}
