"""`consensus doctor`: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import asyncio
import difflib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import httpx2
from rich.console import Console
from rich.text import Text

from consensus.cli.exits import Exit
from consensus.cli.local import hints
from consensus.cli.terminal import escape_json, local_time, one_line
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ConsensusError
from consensus.distribution import pip_install
from consensus.ports import Rejection

OPENAI_URL = "https://api.openai.com/v1"
TIMEOUT_SECONDS = 5.0
TRY_SECONDS = 30.0  # a model may have to be loaded first
LEAST_FREE = 50_000_000  # bytes
MOST_TOLD = 100  # rejections that are counted


class Finding(StrEnum):
    """How bad it is. A note says what would be missing; a problem stops `consensus ask`."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; todo says what to do, "" where there is nothing to do."""

    finding: Finding
    what: str
    todo: str = ""


REQUIRED = {
    "grpcio": "grpc",
    "grpcio-health-checking": "grpc_health",
    "httpx2": "httpx2",
    "sqlglot": "sqlglot",
    "uvicorn": "uvicorn",
    **({} if sys.platform == "win32" else {"uvloop": "uvloop"}),
}
OPTIONAL = {
    "google-cloud-firestore": (
        "google.cloud.firestore",
        "serve --emulators needs it",
        pip_install("cloud"),
    ),
    "google-cloud-pubsub": (
        "google.pubsub_v1",
        "serve --emulators needs it",
        pip_install("cloud"),
    ),
    "functions-framework": (
        "functions_framework",
        "serve --emulators needs it",
        pip_install("cloud"),
    ),
}
# Read by tests and child processes, and by no settings class.
_OF_TESTS = {"CONSENSUS_EXIT_WITH_PARENT"}
_EMULATORS = {
    "FIRESTORE_EMULATOR_HOST": "Firestore",
    "PUBSUB_EMULATOR_HOST": "Pub/Sub",
}
_MARKS = {Finding.OK: ("✓", "green"), Finding.NOTE: ("•", "yellow"), Finding.PROBLEM: ("✗", "red")}


def doctor(port: int = 8080, *, json_only: bool = False) -> int:
    """Look, tell, and return 1 if `ask` cannot work here, else 0."""
    if json_only:
        return _as_json(list(checks(port)))
    console = Console(highlight=False, soft_wrap=True)
    worst = Exit.CONSENSUS
    for check in checks(port):
        _tell(console, check)
        if check.finding is Finding.PROBLEM:
            worst = Exit.FAILED
    console.print(
        "Something that `consensus ask` needs is broken; see above."
        if worst
        else 'Ready: try  consensus ask "What is 17% of 2,340?"'
    )
    return worst


def _as_json(found: Sequence[Check]) -> int:
    broken = any(check.finding is Finding.PROBLEM for check in found)
    told = {"ok": not broken, "checks": [asdict(check) for check in found]}
    print(escape_json(json.dumps(told, indent=2, ensure_ascii=False)))
    return Exit.FAILED if broken else Exit.CONSENSUS


def checks(port: int) -> Iterator[Check]:
    """Every check, in the order in which a newcomer meets its subject."""
    yield python(sys.version_info[:3])
    yield from required_parts()
    yield loopback()
    try:
        settings = Settings.read()
    except ConfigurationError as error:
        yield Check(Finding.PROBLEM, one_line(error, 500), "correct or unset that variable")
    else:
        yield from strangers(os.environ)
        yield from project(settings)
        yield from endpoints(settings)
        yield from webhooks(settings)
        yield store(settings.store)
        yield from rejected(settings)
    yield free_port(port)
    yield from optional_parts()
    yield from emulators()


def python(version: tuple[int, ...]) -> Check:
    """The interpreter's version."""
    name = "Python " + ".".join(map(str, version))
    if version >= (3, 11):
        return Check(Finding.OK, name)
    return Check(Finding.PROBLEM, f"{name} is too old", "install Python 3.11 or newer")


def required_parts() -> Iterator[Check]:
    """The packages that the embedded stack imports."""
    missing = [name for name, module in REQUIRED.items() if not _is_installed(module)]
    if missing:
        what = f"not installed: {', '.join(missing)}"
        yield Check(Finding.PROBLEM, what, pip_install())
    else:
        yield Check(Finding.OK, "the embedded stack's packages are installed")


def optional_parts() -> Iterator[Check]:
    """The packages that only some uses need."""
    for name, (module, without, todo) in OPTIONAL.items():
        if _is_installed(module):
            yield Check(Finding.OK, f"{name} {_version(name)}")
        else:
            yield Check(Finding.NOTE, f"{name} is not installed: {without}", todo)


def strangers(environment: Mapping[str, str]) -> Iterator[Check]:
    """Variables that look like settings and are none: a slip of the finger changes nothing."""
    known = set(Settings.variables())
    for name in sorted(environment):
        if name.startswith("CONSENSUS_") and name not in known | _OF_TESTS:
            near = difflib.get_close_matches(name, known, 1)
            todo = f"did you mean {near[0]}?" if near else "docs/settings.md lists the settings"
            yield Check(Finding.NOTE, f"{one_line(name, 80)} is no setting and has no effect", todo)


def project(settings: Settings) -> Iterator[Check]:
    """The Google Cloud project that is named, and whether we may call it."""
    name = settings.cloud_project
    if not name:
        return
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
    except ImportError:
        what = f"the project {name} is named, and Google's libraries are missing"
        yield Check(Finding.NOTE, what, pip_install("cloud"))
        return
    try:
        found, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        found.refresh(Request())
    except GoogleAuthError as error:
        what = f"no working credentials for the project {name} ({type(error).__name__})"
        yield Check(Finding.NOTE, what, "gcloud auth application-default login")
        return
    yield Check(Finding.OK, f"credentials for the project {name} work")


def loopback() -> Check:
    """Whether this process may listen on loopback at all."""
    if _can_listen(0):
        return Check(Finding.OK, "can listen on 127.0.0.1")
    return Check(Finding.PROBLEM, "cannot listen on 127.0.0.1", "allow loopback sockets here")


def free_port(port: int) -> Check:
    """Whether `serve` finds its port free."""
    if _can_listen(port):
        return Check(Finding.OK, f"port {port} is free for serve")
    todo = "give serve another one: consensus serve --port 8081"
    return Check(Finding.NOTE, f"port {port} is in use", todo)


def store(path: Path) -> Check:
    """Whether `serve` can write its tasks."""
    place = next(p for p in (path, *path.parents) if p.exists())
    if path.is_file():
        from consensus.adapters.local.sqlite_tables import examine

        if wrong := examine(path):
            return Check(Finding.PROBLEM, f"the store {path} is broken", one_line(wrong, 300))
    if os.access(place, os.W_OK) and shutil.disk_usage(place).free < LEAST_FREE:
        return Check(Finding.NOTE, f"the disk of {path} is nearly full", "make room on it")
    if os.access(place, os.W_OK) and not path.is_dir():
        return Check(Finding.OK, f"serve keeps its tasks in {path}")
    return Check(Finding.NOTE, f"serve cannot write {path}", "name another file in CONSENSUS_STORE")


def rejected(settings: Settings) -> Iterator[Check]:
    """Messages that had no effect, if any."""
    if not settings.names_cloud and not settings.store.exists():
        return
    from consensus.bootstrap.rejected import opened

    async def newest() -> Sequence[Rejection]:
        async with asyncio.timeout(TIMEOUT_SECONDS), opened(settings) as stack:
            return await stack.newest(MOST_TOLD)

    try:
        found = asyncio.run(newest())
    except (ConsensusError, TimeoutError) as error:
        why = one_line(error, 200) or type(error).__name__
        what = f"cannot look for rejected messages: {why}"
        yield Check(Finding.NOTE, what, "check the project and your permissions there")
        return
    if found:
        many = f"{MOST_TOLD} or more" if len(found) == MOST_TOLD else str(len(found))
        latest = one_line(f"{found[0].reason}: {found[0].detail}", 120)
        at = local_time(found[0].at.isoformat())
        what = f"messages without effect: {many}; the latest at {at}, {latest}"
        yield Check(Finding.NOTE, what, "consensus rejections")


def endpoints(settings: Settings, transport: httpx2.BaseTransport | None = None) -> Iterator[Check]:
    """Each voter's endpoint; without a panel file, the one that OPENAI_* names."""
    from consensus.adapters.models.model_servers import resolved
    from consensus.adapters.models.panel_file import read_panel, settings_of

    try:
        settings = asyncio.run(resolved(settings)) if transport is None else settings
        voters = [settings_of(voter, settings) for voter in read_panel(settings).voters]
    except ConfigurationError as error:
        yield Check(Finding.PROBLEM, one_line(error, 500), "correct that, or unset the variable")
        return
    for told in voters:
        check = endpoint(told, transport)
        yield check
        if told.has_endpoint and check.finding is not Finding.PROBLEM and transport is None:
            yield tried(told)
    if not settings.has_endpoint:
        yield from (Check(Finding.NOTE, hint) for hint in hints())


def tried(settings: Settings) -> Check:
    """One tiny question to the model: whether it answers, and what of a request it takes."""
    from consensus.adapters.models.openai_model import OpenAIModel
    from consensus.core.answers import ballot_instructions
    from consensus.core.form import SCHEMA_INSTRUCTIONS, ballot_schema
    from consensus.core.model import Message, Strategy
    from consensus.ports import Completion, Form

    told = ballot_instructions(Strategy.NUMERIC)
    question = Message("user", "What is 2 + 2?")
    schema = ballot_schema(Strategy.NUMERIC)
    form = Form((Message("system", f"{told} {SCHEMA_INSTRUCTIONS}"), question), schema)

    async def ask() -> tuple[Completion, list[str]]:
        model = OpenAIModel(settings)
        try:
            answer = await model.complete((Message("system", told), question), TRY_SECONDS, form)
        finally:
            await model.close()
        manner = model.dialect.manner
        takes = {
            "streams": "stream" not in manner.without,
            "log-probabilities": bool(answer.tokens),
            "JSON schemas": answer.structured,
            "system role": not manner.folded,
            f"a limit of tokens ({manner.limit})" if manner.limit else "a limit": bool(
                manner.limit
            ),
            "temperature": "temperature" not in manner.without,
        }
        return answer, [f"{'' if taken else 'no '}{what}" for what, taken in takes.items()]

    try:
        answer, takes = asyncio.run(ask())
    except ConsensusError as error:
        what = f"{settings.openai_model} does not answer: {one_line(error, 400)}"
        return Check(Finding.PROBLEM, what, "see docs/providers.md for what providers take")
    name = one_line(answer.model, 80)
    return Check(Finding.OK, f"{name} answers one tiny question; it takes {', '.join(takes)}")


def webhooks(settings: Settings) -> Iterator[Check]:
    """Each endpoint that is told of tasks' ends: one signed event, of type webhook.test."""
    from consensus.adapters.local.system_clock import SystemClock
    from consensus.adapters.webhooks.webhooks_file import read_webhooks, webhook
    from consensus.core.errors import NotTold

    try:
        told = [(one.name, webhook(one, SystemClock().now)) for one in read_webhooks(settings)]
    except ConfigurationError as error:
        yield Check(Finding.PROBLEM, one_line(error, 500), "correct that, or unset the variable")
        return
    for name, hook in told:
        try:
            asyncio.run(hook.test())
        except NotTold as error:
            what = f"the webhook {name} did not take a test event: {one_line(error, 300)}"
            yield Check(Finding.NOTE, what, "see docs/webhooks.md for what an endpoint must do")
        else:
            yield Check(Finding.OK, f"the webhook {name} takes a signed test event")


def endpoint(settings: Settings, transport: httpx2.BaseTransport | None = None) -> Check:
    """Whether the model endpoint answers, and takes the key."""
    if not settings.has_endpoint:
        return Check(
            Finding.OK,
            "no OPENAI_API_KEY or OPENAI_BASE_URL: the bundled demo panel will answer",
            "set one of them to ask a real model",
        )
    base = (settings.openai_base_url or OPENAI_URL).rstrip("/")
    key = settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        with httpx2.Client(timeout=TIMEOUT_SECONDS, transport=transport) as client:
            response = client.get(f"{base}/models", headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        kind = type(error).__name__
        return Check(
            Finding.PROBLEM,
            f"the model endpoint {base} does not answer ({kind})",
            "check OPENAI_BASE_URL, your network and proxy, and that the endpoint is up",
        )
    return _judged(response, base, settings.openai_model, has_key=key is not None)


def _judged(response: httpx2.Response, base: str, model: str, *, has_key: bool) -> Check:
    status = response.status_code
    if status in (401, 403):
        todo = "check OPENAI_API_KEY" if has_key else "set OPENAI_API_KEY"
        return Check(Finding.PROBLEM, f"{base} refuses the key ({status})", todo)
    if status >= 500:
        return Check(Finding.PROBLEM, f"{base} fails ({status})", "try again later")
    if not response.is_success:
        what = f"{base} answers, but does not list its models ({status})"
        todo = "if ask fails, check OPENAI_BASE_URL; it often ends in /v1"
        return Check(Finding.NOTE, what, todo)
    if model not in _listed(response):
        what = f"{base} answers, but does not list the model {model}"
        return Check(Finding.NOTE, what, "set OPENAI_MODEL to one that it has")
    return Check(Finding.OK, f"{base} answers and has the model {model}")


def _listed(response: httpx2.Response) -> set[str]:
    try:
        return {str(model["id"]) for model in response.json()["data"]}
    except (ValueError, KeyError, TypeError):
        return set()


def emulators() -> Iterator[Check]:
    """What `serve --emulators` would run on."""
    given = {name: os.environ.get(name, "") for name in _EMULATORS}
    for name, address in given.items():
        if address:
            yield _emulator(_EMULATORS[name], name, address)
    if all(given.values()):
        return
    gcloud, java = shutil.which("gcloud"), shutil.which("java")
    if gcloud and java:
        yield Check(Finding.OK, "gcloud and Java are here for serve --emulators")
    elif shutil.which("docker"):
        yield Check(Finding.OK, "Docker is here for serve --emulators")
    else:
        lacks = " and ".join(n for n, found in (("gcloud", gcloud), ("Java", java)) if not found)
        yield Check(
            Finding.NOTE,
            f"{lacks} not found: serve --emulators cannot start the emulators",
            "install the Google Cloud CLI with Java 21 or newer, or set "
            + " and ".join(_EMULATORS),
        )


def _emulator(name: str, variable: str, address: str) -> Check:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS).close()
    except (OSError, ValueError, OverflowError):
        return Check(
            Finding.NOTE,
            f"no {name} emulator answers at {one_line(address, 80)}",
            f"start it, or unset {variable}",
        )
    return Check(Finding.OK, f"the {name} emulator answers at {address}")


def _tell(console: Console, check: Check) -> None:
    mark, style = _MARKS[check.finding]
    if not console.is_terminal:
        mark = f"{check.finding:8}"
    line = Text.assemble((mark, style), " ", one_line(check.what, 500))
    if check.todo:
        urgency = "bold" if check.finding is Finding.PROBLEM else "dim"
        line.append(f"\n{' ' * len(mark)} → {check.todo}", style=urgency)
    console.print(line)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _can_listen(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
