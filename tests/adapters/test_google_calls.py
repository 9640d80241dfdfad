"""What Google's errors mean: which pass, which an operator must mend, and what the log says."""

from __future__ import annotations

import logging

import pytest
from google.api_core import exceptions as google
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from consensus.adapters.google.google_calls import Meaning
from consensus.core.errors import ConfigurationError, StoreRefuses, StoreUnavailable

FIRESTORE = Meaning("Firestore", StoreUnavailable, StoreRefuses)
INDEX = (
    "The query requires an index. You can create it here: https://console.firebase.google.com/v1/r/"
    + "x" * 300
)


def met(error: Exception, caplog: pytest.LogCaptureFixture) -> tuple[StoreUnavailable, object]:
    """Our error for a foreign one, and its log line."""
    caplog.clear()
    with pytest.raises(StoreUnavailable) as ours, FIRESTORE.translated():
        raise error
    (line,) = caplog.records
    return ours.value, line


@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        (
            google.PermissionDenied("Missing permissions."),
            "PERMISSION_DENIED",
            "role",
        ),
        (google.Unauthenticated("no"), "UNAUTHENTICATED", "account"),
        (google.NotFound("The database (default) does not exist"), "NOT_FOUND", "make what"),
        (google.FailedPrecondition(INDEX), "FAILED_PRECONDITION", "index"),
        (google.InvalidArgument("what is 'the prompt'?"), "INVALID_ARGUMENT", "settings"),
        (google.MethodNotImplemented("no such call"), "UNIMPLEMENTED", "endpoint"),
        (RefreshError("invalid_grant"), "", "account"),
    ],
)
def test_what_an_operator_must_mend(
    caplog: pytest.LogCaptureFixture, error: Exception, code: str, advice: str
) -> None:
    """At ERROR, with type, code and what to do; nobody is to ask again."""
    ours, line = met(error, caplog)
    assert isinstance(ours, StoreRefuses)
    assert not ours.heals
    told = vars(line)
    assert (told["levelname"], told["error"], told["code"]) == ("ERROR", type(error).__name__, code)
    assert advice in told["message"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (google.ServiceUnavailable("failed to connect to all addresses"), "UNAVAILABLE"),
        (google.DeadlineExceeded("Deadline Exceeded"), "DEADLINE_EXCEEDED"),
        (google.ResourceExhausted("Quota exceeded."), "RESOURCE_EXHAUSTED"),
        (google.Aborted("Too much contention"), "ABORTED"),
        (TransportError("no route", retryable=True), ""),
    ],
)
def test_what_passes(caplog: pytest.LogCaptureFixture, error: Exception, code: str) -> None:
    """A closed port, a quota for the moment: a warning, and it is asked again."""
    ours, line = met(error, caplog)
    assert ours.heals
    told = vars(line)
    assert (told["levelname"], told["error"], told["code"]) == (
        "WARNING",
        type(error).__name__,
        code,
    )


def test_retries_that_ended_tell_what_they_met(caplog: pytest.LogCaptureFixture) -> None:
    """Not that they ended."""
    error = google.RetryError("Timeout of 10.0s exceeded", google.ServiceUnavailable("closed"))
    _, line = met(error, caplog)
    assert vars(line)["error"] == "ServiceUnavailable"
    assert vars(line)["told"] == "closed"


def test_a_message_that_may_repeat_content_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """An invalid argument may be the prompt."""
    ours, line = met(google.InvalidArgument("'the prompt' is too long"), caplog)
    assert "the prompt" not in str(ours)
    assert vars(line)["told"] == ""


def test_no_credentials_is_a_setting(caplog: pytest.LogCaptureFixture) -> None:
    """And says how to get some."""
    with pytest.raises(ConfigurationError, match="gcloud auth"), FIRESTORE.translated():
        raise DefaultCredentialsError("none")
    assert not caplog.records


def test_the_url_of_a_missing_index_is_told_whole(caplog: pytest.LogCaptureFixture) -> None:
    """It makes the index with a click, so its end matters."""
    import json

    from consensus.telemetry import JsonLines

    _, line = met(google.FailedPrecondition(INDEX), caplog)
    assert isinstance(line, logging.LogRecord)
    assert json.loads(JsonLines().format(line))["told"] == INDEX
