"""What the documents say is there, is there; and what is there, they say."""

from __future__ import annotations

import ast
import re
from enum import StrEnum
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from consensus.cli.main import app
from consensus.config import Settings
from consensus.core.model import AbstentionReason, CloseReason, Outcome, Strategy
from tests.entrypoints.test_isolation import ROUTES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
OPTION = re.compile(r"`(--[a-z-]+)`")
# What pages name that is somewhere to be found.
VERBS = re.compile(r"(?:`|\$ |=\S+ |&& )make ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z]+(?:-[a-z]+)*)*)")
VARIABLES = re.compile(r"`([a-z]\w+) = |`([a-z]+(?:_[a-z]+)+)`")
FILES = re.compile(
    r"`((?:benchmarks|docs|examples|functions|infra|proto|scripts|services|shared|tests)/[\w./-]+)"
)
SETTINGS = re.compile(r"\b(?:CONSENSUS|OPENAI)_[A-Z_]+\b")
OF_TESTS = re.compile(r"CONSENSUS_REQUIRE_[A-Z]+")
OTHERS = {"CONSENSUS_BATCH_LINES", "oldest_unacked_message_age"}  # a client's, and Google's
AN_ID = re.compile(r"/(chatcmpl-task1|task1|file-[0-9]|batch_[0-9])(?=/|$)")
# Told with what they are beneath.
BENEATH = ("/v1/responses/", "/v1/chat/completions/", "/v1/models/", "/dashboard/")


def _page(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Within the repository; other sites are not asked."""
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_runs_as_it_is_printed(page: Path) -> None:
    """No await outside a function; and where a newcomer starts, no missing import."""
    for block in PYTHON.findall(page.read_text()):
        compile(block, str(page), "exec")
        if page.name in ("README.md", "api.md"):
            assert isinstance(ast.parse(block).body[0], ast.Import | ast.ImportFrom), block


def _declared(pattern: str, name: str) -> set[str]:
    return set(re.findall(pattern, _page(name), re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_run_or_to_read_is_there(page: Path) -> None:
    """Verbs, steps, modules, outputs and files, by their names; decisions may name what is gone."""
    if page.parent.name == "adr":
        return
    text = page.read_text()
    verbs = {verb for call in VERBS.findall(text) for verb in call.split()}
    assert verbs <= _declared(r"^([a-z-]+):", "Makefile")
    steps = set(re.findall(r"scripts/deploy (\w+)", text))
    assert steps <= _declared(r"^(\w+)\(\)", "scripts/deploy")
    outputs = set(re.findall(r"output -raw (\w+)", text))
    assert outputs <= _declared(r'^output "(\w+)"', "infra/terraform/outputs.tf")
    assert not [name for name in FILES.findall(text) if not (ROOT / name.rstrip(".")).exists()]
    modules = [name.replace(".", "/") for name in re.findall(r"python -m ([a-z]\w*\.[\w.]+)", text)]
    assert not [m for m in modules if not (ROOT / f"{m}.py").exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_set_can_be_set(page: Path) -> None:
    """In the environment, and, on the deployment's pages, in terraform.tfvars."""
    if page.parent.name == "adr":
        return
    text = page.read_text()
    fields = Settings.model_fields
    known = {f"CONSENSUS_{name.upper()}" for name in fields}
    known |= {str(field.validation_alias) for field in fields.values()}
    told = {name for name in SETTINGS.findall(text) if not OF_TESTS.fullmatch(name)}
    assert told <= known | OTHERS
    if page.name in ("deploy.md", "scale.md", "security.md"):
        variables = {"".join(name) for name in VARIABLES.findall(text)}
        assert variables - OTHERS <= _declared(r'^variable "(\w+)"', "infra/terraform/variables.tf")


def test_every_page_is_in_the_sites_contents() -> None:
    """And no page is there that is none; decisions have an index of their own."""
    listed = set(re.findall(r'= "([^"]+\.md)"', _page("zensical.toml")))
    ours = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert listed == ours | {"index.md", "contributing.md", "changelog.md", "adr/index.md"}


def test_decisions_are_indexed_under_their_titles() -> None:
    """As `make settings` writes them."""
    for title, name in re.findall(r"\| \[(.+)\]\((.+)\) \|$", _page("docs/adr/README.md"), re.M):
        assert _page(f"docs/adr/{name}").startswith(f"# {title}\n")


def test_every_command_and_option_is_told_and_no_other() -> None:
    """docs/cli.md, by the commands themselves."""
    text = _page("docs/cli.md")
    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    assert set(re.findall(r"^\| `consensus (\w+)", text, re.M)) == names
    command = get_command(app)
    assert isinstance(command, TyperGroup)
    taken = {
        option
        for one in (command, *command.commands.values())
        for parameter in one.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(OPTION.findall(text)) <= taken | {"--help"}


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        (AbstentionReason, "docs/api.md"),
        (CloseReason, "docs/concepts.md"),
        (Outcome, "docs/concepts.md"),
        (Strategy, "docs/concepts.md"),
    ],
)
def test_every_word_that_a_reader_may_meet_is_explained(kind: type[StrEnum], page: str) -> None:
    """Reasons, outcomes and strategies; one that is added and not told fails here."""
    text = _page(page)
    assert not [word for word in kind if f"`{word}`" not in text]


def test_every_route_is_told() -> None:
    """By the table that names every route of the application."""
    told = set(re.findall(r"`((?:GET|POST|DELETE) /[^`\s]*)`", _page("docs/api.md")))
    there = {
        f"{method} {AN_ID.sub('/{id}', path)}"
        for method, path in ROUTES
        if method != "HEAD" and not path.startswith(BENEATH)
    }
    assert there <= told, there - told
