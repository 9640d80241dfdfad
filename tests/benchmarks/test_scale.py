"""The pages on scale and on cost are what one arithmetic says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.scale import Load

ROOT = Path(__file__).parents[2]
SCALE, DEPLOY, VARIABLES = (
    (ROOT / name).read_text()
    for name in ("docs/scale.md", "docs/deploy.md", "infra/terraform/variables.tf")
)


def _words(text: str) -> str:
    return " ".join(text.split())


def test_the_pages_have_the_tables_that_are_printed() -> None:
    """`python -m benchmarks.scale` prints them anew."""
    assert scale.table() in SCALE
    assert scale.bill() in DEPLOY


@pytest.mark.parametrize(
    ("page", "words", "figure"),
    [
        (DEPLOY, "**{} a month**", "at rest, US dollars a month"),
        (DEPLOY, "0.1 s each ({} a month)", "sweeps at rest, US dollars a month"),
        (DEPLOY, "a Firestore read ({})", "reads at rest, US dollars a month"),
        (DEPLOY, "one scheduler job ({})", "job at rest, US dollars a month"),
        (DEPLOY, "4 secret versions ({})", "secrets at rest, US dollars a month"),
        (DEPLOY, "about 1 GB of images ({})", "images at rest, US dollars a month"),
        (DEPLOY, "idle) adds {}.", "a worker kept warm, US dollars a month"),
        (DEPLOY, "covers some {} at 1 a minute", "tasks that the free tier covers"),
        (SCALE, "cold start, {} dollars a month", "a worker kept warm, US dollars a month"),
        (SCALE, "carries about {} tasks a minute", "tasks a minute of an aggregator"),
        (VARIABLES, "carries about {} tasks a minute", "tasks a minute of an aggregator"),
    ],
)
def test_the_pages_quote_its_figures(page: str, words: str, figure: str) -> None:
    """Each where it is told."""
    assert words.format(scale.figures()[figure]) in _words(page)


def test_what_is_set_is_what_terraform_sets() -> None:
    """The caps and capacities that both pages multiply are the variables' own."""
    defaults = dict(re.findall(r'^variable "(\w+)" \{[^}]*?default += (\d+)$', VARIABLES, re.M))
    names = ("worker", "dispatcher")
    caps = [(int(defaults[f"{n}_max_instances"]), int(defaults[f"{n}_capacity"])) for n in names]
    workers, dispatchers = caps
    assert workers == (scale.MOST_WORKERS, scale.PER_WORKER)
    assert dispatchers == (scale.MOST_DISPATCHERS, scale.PER_DISPATCHER)
    seats, tasks = workers[0] * workers[1], dispatchers[0] * dispatchers[1]
    assert f"{tasks} tasks or {seats} seats at once" in SCALE
    assert f"{workers[0]} workers x {workers[1]} seats = {seats} seats" in DEPLOY
    assert f"{dispatchers[0]} dispatchers x {dispatchers[1]} tasks = {tasks} tasks" in DEPLOY


def test_more_tasks_cost_more_in_all_and_less_each() -> None:
    """Instances are shared, and never fewer for more."""
    loads = [Load(rate, 5) for rate in (1, 10, 100, 1000, 10_000)]
    totals = [load.google_a_month for load in loads]
    assert totals == sorted(totals)
    each = [load.google_a_month / load.per_minute for load in loads]
    assert each == sorted(each, reverse=True)
