"""Grafana's dashboard asks for figures that there are, by the names that Prometheus gives them."""

from __future__ import annotations

import json
import re

from tests.infra.plans import ROOT

BOARD = json.loads((ROOT / "infra" / "grafana" / "consensus.json").read_text())
FIGURES = (ROOT / "shared" / "consensus" / "telemetry" / "figures.py").read_text()
MADE = re.compile(r'create_(counter|histogram)\(\s*"([\w.]+)",\s*"([^"]+)"')
UNITS = {"s": "_seconds", "USD": "_USD"}
ENDS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


def prometheus(kind: str, name: str, unit: str) -> set[str]:
    """https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/"""
    stem = name.replace(".", "_") + UNITS.get(unit, "")
    return {stem + end for end in ENDS[kind]}


def test_every_series_is_one_of_ours() -> None:
    """A renamed figure would leave a panel empty without a word."""
    made = MADE.findall(FIGURES)
    known = set().union(*(prometheus(*figure) for figure in made))
    expressions = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
    asked = set(
        re.findall(
            r"\b((?:consensus|gen_ai_client)_\w+(?:_total|_bucket|_sum|_count))\b",
            " ".join(expressions),
        )
    )
    assert asked <= known
    stems = {name.replace(".", "_") for _, name, _ in made}
    assert {s for s in stems if not any(a.startswith(s) for a in asked)} == set()


def test_every_panel_has_a_title_and_a_place() -> None:
    """None lies upon another."""
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in BOARD["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["title"] for panel in BOARD["panels"])
