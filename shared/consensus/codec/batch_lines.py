"""The lines of a batch: requests in, results out, in OpenAI's shape.

A request is {"custom_id", "method", "url", "body"}; a line that is a task itself, or only its
prompt, is taken too. A result is {"id", "custom_id", "response", "error"}.
The shape: https://platform.openai.com/docs/api-reference/batch/request-input
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from consensus.codec import chat, openai_responses
from consensus.codec.openai_fields import Asked, fields_of
from consensus.codec.requests import ReservedField, submission_of
from consensus.codec.responses import task_to_json
from consensus.core.batches import ERASED, LONGEST_LINE, PREFIX, Batch, Status
from consensus.core.errors import CallerError
from consensus.core.figures import too_much
from consensus.core.model import Outcome, State, Task
from consensus.core.profiles import BUILT_IN, Profile, Unsettled
from consensus.ports import Question

TASKS: Final = "/v1/tasks"
CHAT: Final = "/v1/chat/completions"
RESPONSES: Final = "/v1/responses"
ROUTES: Final = (TASKS, CHAT, RESPONSES)
LONGEST_NAME: Final = 512  # characters


@dataclass(frozen=True, slots=True)
class Line:
    """One request: its number in the file, its name, where it goes and what it says.

    problem is why it cannot be asked, "" where it can.
    """

    number: int
    custom_id: str
    url: str = TASKS
    body: Any = None
    problem: str = ""


class InvalidLine(CallerError):
    """A line that cannot be asked."""

    reason = "INVALID_LINE"


class _BrokenLine(ValueError):
    """What is wrong with a line, after the words "line 7"."""


def read_line(number: int, raw: bytes, url: str = TASKS) -> Line:
    """The request that a line is, which goes to this url if it names none. Total: a broken one says
    its problem."""
    name = f"line-{number}"
    try:
        told = _parsed(raw)
        if "custom_id" in told:
            name = _named(told.pop("custom_id"))
        url, body = _request(told, url)
    except _BrokenLine as error:
        return Line(number, name, problem=f"line {number} {error}")
    return Line(number, name, url, body)


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_LINE:
        raise _BrokenLine(f"is too long: {too_much(len(raw), LONGEST_LINE)}")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise _BrokenLine("is not JSON in UTF-8") from None
    if isinstance(told, str):
        return {"prompt": told}
    if not isinstance(told, dict):
        raise _BrokenLine("is neither a JSON object nor a text")
    return told


def _named(custom_id: object) -> str:
    if not isinstance(custom_id, str) or not custom_id:
        raise _BrokenLine("has a custom_id that is not a text")
    if len(custom_id) > LONGEST_NAME:
        raise _BrokenLine(f"has a custom_id of more than {LONGEST_NAME} characters")
    return custom_id


def _request(told: dict[str, Any], url: str) -> tuple[str, dict[str, Any]]:
    """Where a line's request goes, and its body: the line itself, unless it has one."""
    if "body" not in told:
        return TASKS, told
    url, body = told.get("url", url), told["body"]
    if url not in ROUTES:
        raise _BrokenLine(f"has a url that is none of {', '.join(ROUTES)}")
    if not isinstance(body, dict) or body.get("stream"):
        raise _BrokenLine("has a body that is no JSON object, or that asks for a stream")
    return url, body


@dataclass(frozen=True, slots=True)
class Lines:
    """See BatchLines: how this service reads and answers the lines of its batches."""

    max_prompt_bytes: int
    profiles: Sequence[Profile] = BUILT_IN

    def name(self, number: int, raw: bytes, endpoint: str) -> str:
        """See BatchLines."""
        return read_line(number, raw, endpoint).custom_id

    def question(self, number: int, raw: bytes, endpoint: str) -> Question:
        """See BatchLines."""
        asked = self._asked(read_line(number, raw, endpoint), endpoint).submission
        return Question(asked.messages, asked.prompt, asked.options, asked.metadata)

    def result(
        self, batch: Batch, number: int, raw: bytes, task: Task | None
    ) -> tuple[bool, bytes]:
        """See BatchLines."""
        line = read_line(number, raw, batch.endpoint)
        if raw.strip() == ERASED:
            return False, self.erased(batch, number)
        try:
            body = self._answer(line, batch, task)
        except CallerError as error:
            return False, _told(
                batch, line, None, {"code": error.reason.lower(), "message": str(error)}
            )
        response = {"status_code": 200, "request_id": str(body["id"]), "body": body}
        return True, _told(batch, line, response, None)

    def erased(self, batch: Batch, number: int) -> bytes:
        """See BatchLines."""
        error = {"code": "task_erased", "message": "You had this line's task erased."}
        return _told(batch, Line(number, f"line-{number}"), None, error)

    def tells(self, batch: Batch, number: int, result: bytes) -> bool:
        """See BatchLines."""
        return result.startswith(f'{{"id":"{result_id(batch, number)}",'.encode())

    def _answer(self, line: Line, batch: Batch, task: Task | None) -> dict[str, Any]:
        """What the endpoint answers for a line. Raises CallerError where it has no answer."""
        asked = self._asked(line, batch.endpoint)
        if task is None or task.state is not State.DONE or task.result is None:
            raise _Unasked(batch.ending)
        outcome = task.result.outcome
        if outcome is Outcome.FAILED:
            raise _NoAnswer(outcome, task.result.explanation)
        if batch.endpoint == TASKS:
            return dict(task_to_json(task))
        if outcome is Outcome.CANCELLED:
            raise _NoAnswer(outcome, task.result.explanation)
        if outcome is Outcome.NO_CONSENSUS and asked.no_consensus is Unsettled.ERROR:
            raise _NoAnswer(outcome, task.result.explanation)
        if batch.endpoint == CHAT:
            return chat.completion_to_json(task, asked)
        return openai_responses.response_to_json(task, asked)

    def _asked(self, line: Line, endpoint: str) -> Asked:
        """The task that a line asks for. Raises CallerError."""
        if line.problem:
            raise InvalidLine(line.problem)
        if line.url != endpoint:
            raise InvalidLine(f"line {line.number} is not for {endpoint}, as its batch is")
        if endpoint == TASKS:
            submission = submission_of(line.body, self.max_prompt_bytes)
            return Asked(submission, "", Unsettled.EXPLAIN)
        body = json.dumps(line.body).encode()
        if endpoint == CHAT:
            return chat.read_chat(body, self.max_prompt_bytes, self.profiles)
        fields = fields_of(body, openai_responses.ROUTE)
        with fields.found.gathered("#/previous_response_id"):
            if "previous_response_id" in fields.given:
                raise ReservedField(
                    "previous_response_id is not served in a batch; send the turns."
                )
        return openai_responses.asked_of(fields, self.max_prompt_bytes, self.profiles, [])


class _NoAnswer(CallerError):
    """A task that brings its line no answer."""

    def __init__(self, outcome: Outcome, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = "NO_VOTES" if outcome is Outcome.FAILED else str(outcome)


_BEFORE_ASKED: Final = {
    Status.CANCELLED: "The batch was cancelled before this line was asked.",
    Status.EXPIRED: "The batch's 24 hours were over before this line was asked.",
}


class _Unasked(CallerError):
    """A line without a task at its end."""

    def __init__(self, ending: Status) -> None:
        if ending is Status.COMPLETED:
            super().__init__("The line's task is gone.")
            self.reason = "TASK_GONE"
        else:
            super().__init__(_BEFORE_ASKED[ending])
            self.reason = f"BATCH_{ending.upper()}"


def _told(batch: Batch, line: Line, response: object, error: object) -> bytes:
    told = {
        "id": result_id(batch, line.number),
        "custom_id": line.custom_id,
        "response": response,
        "error": error,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def result_id(batch: Batch, number: int) -> str:
    """The id of a line's result."""
    return f"batch_req_{batch.id.removeprefix(PREFIX)}_{number}"
