"""Errors as problem details."""

from __future__ import annotations

import json

import pytest

from consensus.core.errors import TooManyTasks
from consensus.doors.problem import of_error


@pytest.mark.parametrize(("asked", "told"), [(10, "10"), (0.4, "1"), (1.2, "2"), (9_999, "120")])
def test_too_many_tasks_is_a_429_that_says_when_to_come_again(asked: float, told: str) -> None:
    """Retry-After is in whole seconds, at least 1 and at most 120."""
    response = of_error(TooManyTasks("2 of your tasks are open.", asked))
    body = json.loads(bytes(response.body))
    assert (response.status_code, response.headers["Retry-After"]) == (429, told)
    assert response.headers["Retry-After-Ms"] == str(int(min(asked, 120) * 1000))
    assert (body["reason"], body["type"]) == (
        "TOO_MANY_TASKS",
        "urn:consensus:problem:too-many-tasks",
    )
