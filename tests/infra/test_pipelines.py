"""What builds and deploys: the verbs that people use, pinned, with no more rights than it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.plans import ROOT

WORKFLOW = (ROOT / ".github" / "workflows" / "check.yml").read_text()
CLOUD_BUILD = (ROOT / "cloudbuild.yaml").read_text()
# Images that are named by a tag alone, which may be moved to others, and why. `make pins` pins the
# first; a new one fails here until it is pinned or told.
BY_TAG = {
    "gcr.io/google.com/cloudsdktool/google-cloud-cli:slim": "no digest of it is known here",
    "gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators": "compose.yaml: a laptop's own",
    "python:3.13-slim": "the Dockerfiles' default, for compose.yaml; base-image is deployed",
}
STEPS = dict(re.findall(r"^  - id: (.+)\n((?:    .*\n|\n|  #.*\n)*)", CLOUD_BUILD, re.M))
SUBSTITUTIONS = dict(re.findall(r'^  (_[A-Z_]+): "?([^"#\n]*?)"?(?: #.*)?$', CLOUD_BUILD, re.M))
# What each step runs: changed, a gate may be open that nothing else would show.
RUNS = {
    "check": "[check, test]",
    "scan": "[scan]",
    "infra-test": ('[-c, "unset TF_VAR_name TF_VAR_region TF_VAR_project_id && make infra-test"]'),
    "sbom": "[sbom]",
    "bundle": "[bundle]",
    "image": "[scripts/deploy, image]",
    "scan-image": "[scripts/deploy, scan_image]",
    "sign": "[scripts/deploy, sign]",
    "plan": '[-c, "scripts/deploy init && scripts/deploy plan"]',
}
VERBS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def test_actions_are_pinned_by_commit() -> None:
    """A tag may be moved to other code; a commit may not."""
    uses = re.findall(r"uses: (\S+)", WORKFLOW)
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in uses), uses


def test_images_are_pinned_by_digest() -> None:
    """Those that build, deploy, and are deployed; the others are told by name."""
    substituted = dict(re.findall(r"^  (_[A-Z]+): (\S+)", CLOUD_BUILD, re.M))
    steps = re.findall(r"^    name: \$\{(\w+)\}$", CLOUD_BUILD, re.M)
    assert len(steps) == CLOUD_BUILD.count("\n  - id: ")
    images = {substituted[name] for name in (*steps, "_COSIGN")}
    images.add((ROOT / "services" / "worker" / "base-image").read_text().strip())
    for name in ("services/worker/Dockerfile", "functions/Dockerfile", "compose.yaml"):
        images |= set(re.findall(r"(?:ARG PYTHON=|EMULATORS:-)([\w./:@-]+)", _text(name)))
        written = re.findall(r"^FROM (\S+)|^ *image: (\S+)", _text(name), re.M)
        assert all("".join(image).startswith("${") for image in written), name
    by_tag = {image for image in images if not re.search(r"@sha256:[0-9a-f]{64}$", image)}
    assert by_tag == BY_TAG.keys()


def test_pins_are_what_the_tags_name(tmp_path: Path) -> None:
    """Of each image but the one that its registry does not tell of, which stays and fails."""
    for name in ("scripts/pins", "cloudbuild.yaml", "services/worker/base-image"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    docker = tmp_path / "docker"
    digest = "sha256:" + "e" * 64
    docker.write_text(f'#!/bin/sh\ncase "$4" in *cosign*) echo none ;; *) echo {digest} ;; esac\n')
    docker.chmod(0o755)
    command = [sys.executable, str(tmp_path / "scripts" / "pins")]
    done = subprocess.run(
        command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "cosign:v2.4.1 stays" in done.stderr
    told = (tmp_path / "services" / "worker" / "base-image").read_text()
    assert told == f"python:3.13-slim@{digest}\n"
    pinned = (tmp_path / "cloudbuild.yaml").read_text()
    assert pinned.count(f"@{digest}\n") == 4
    without = re.compile(r"@sha256:[0-9a-f]+")
    assert without.sub("", pinned) == without.sub("", CLOUD_BUILD)


def test_a_pull_request_may_read_and_nothing_more() -> None:
    """No secrets, no writing, no code of strangers with either."""
    assert re.findall(r"permissions:\n((?:  .*\n)+)", WORKFLOW) == ["  contents: read\n"]
    assert "pull_request_target" not in WORKFLOW
    assert "secrets." not in WORKFLOW
    assert WORKFLOW.count("persist-credentials: false") == WORKFLOW.count("actions/checkout@")
    assert "${{" not in "\n".join(re.findall(r"run: (.*)", WORKFLOW))


def test_steps_are_verbs_that_people_have() -> None:
    """What fails there can be run here."""
    called = re.findall(r"run: make ([^\n]+)", WORKFLOW)
    called += re.findall(r"make ([a-z -]+)[&\"]", CLOUD_BUILD)
    called += re.findall(r"entrypoint: make\n    args: \[([^\]]+)\]", CLOUD_BUILD)
    words = {w for call in called for w in re.split(r"[ ,]+", call) if w and "=" not in w}
    assert words
    assert words <= VERBS
    steps = set(re.findall(r"scripts/deploy,? (\w+)", CLOUD_BUILD))
    offered = set(re.findall(r"^(\w+)\(\)", (ROOT / "scripts" / "deploy").read_text(), re.M))
    assert steps
    assert steps <= offered


def test_nothing_is_planned_before_it_was_tested_scanned_and_signed() -> None:
    """Each step waits for what could end the build; without waitFor, for every step before it."""
    before: dict[str, set[str]] = {}
    for name, text in STEPS.items():
        waits = re.search(r"waitFor: \[(.*)\]", text)
        awaited = re.findall(r"[\w-]+", waits[1]) if waits else list(before)
        awaited = [step for step in awaited if step in before]
        before[name] = set(awaited).union(*(before[step] for step in awaited))
    assert {"check", "scan", "infra-test", "scan-image", "sbom", "sign"} <= before["plan"]
    assert before["apply"] > before["plan"]
    assert "plan" in before["apply"]
    assert before["image"] < before["scan-image"] < before["sign"]
    assert "bundle" in before["sign"]
    assert all("pinned" in waited for name, waited in before.items() if name != "pinned")
    assert "CONSENSUS_REQUIRE_AUDIT=1" in STEPS["scan"]
    assert "requestedVerifyOption: VERIFIED" in CLOUD_BUILD


def test_each_gate_runs_what_it_is_named_for() -> None:
    """All of it: no step may fail unseen, and none is left out."""
    assert {name: re.findall(r"^    args: (.+)$", STEPS[name], re.M) for name in RUNS} == {
        name: [args] for name, args in RUNS.items()
    }
    assert '"SEVERITIES=${_SEVERITIES}"' in STEPS["scan-image"]
    assert '"WORKER=${_WORKER}"' in STEPS["plan"]
    assert "allowFailure" not in CLOUD_BUILD
    assert "allowExitCodes" not in CLOUD_BUILD
    assert STEPS.keys() == RUNS.keys() | {"pinned", "terraform", "variables", "apply", "smoke"}


@pytest.mark.parametrize(
    ("step", "told", "runs"),
    [
        ("apply", {}, False),
        ("smoke", {}, False),
        ("apply", {"_APPLY": "yes"}, True),
        ("smoke", {"_APPLY": "yes"}, True),
        ("apply", {"_APPLY": "true"}, False),
        ("smoke", {"_APPLY": "yes", "_SMOKE": "no"}, False),
    ],
)
def test_nothing_is_applied_or_asked_unless_the_trigger_says_so(
    tmp_path: Path, step: str, told: dict[str, str], *, runs: bool
) -> None:
    """The steps' own words, run as Cloud Build would, with its defaults."""
    called = ran(tmp_path, step, told)[1]
    assert (f"deploy {step}" in called) is runs
    assert bool(called) is runs


@pytest.mark.parametrize(
    ("told", "passes"),
    [
        ({"_GCLOUD": "cli:slim"}, False),
        ({"_GCLOUD": "cli:slim", "_UNPINNED": "yes"}, True),
        ({"_GCLOUD": f"cli:slim@sha256:{'e' * 64}"}, True),
        ({"_GCLOUD": f"cli:slim@sha256:{'e' * 64}", "_COSIGN": "cosign:v2"}, False),
    ],
)
def test_no_step_runs_in_an_image_that_a_tag_alone_names(
    tmp_path: Path, told: dict[str, str], *, passes: bool
) -> None:
    """Unless the operator says so. Every image of a step is looked at."""
    assert (ran(tmp_path, "pinned", told)[0] == 0) is passes
    used = set(re.findall(r"^    name: \$\{(\w+)\}$", CLOUD_BUILD, re.M)) | {"_COSIGN"}
    assert set(re.findall(r"\$\{(\w+)\}", STEPS["pinned"].partition("args")[2])) == used


def ran(folder: Path, step: str, told: dict[str, str]) -> tuple[int, list[str]]:
    """A step's script, filled in and run where all that it calls writes itself down: its exit code,
    and the calls."""
    one_line = re.search(r"^      - '(.+)'$", STEPS[step], re.M)
    lines = re.search(r"^      - \|\n((?:        .*\n)+)", STEPS[step], re.M)
    text = one_line[1] if one_line else lines[1] if lines else ""
    assert text
    for name, value in (SUBSTITUTIONS | told).items():
        text = re.sub(rf"\$(\{{{name}\}}|{name}\b)", value, text)
    text = text.replace("$$", "$").replace("/workspace/", f"{folder}/")
    (folder / "scripts").mkdir()
    (folder / "url").write_text("https://service.example")
    for program in ("scripts/deploy", "terraform", "gcloud"):
        (folder / program).write_text(f'#!/bin/sh\necho "${{0##*/}} $*" >>{folder}/calls\n')
        (folder / program).chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", text], cwd=folder, env={"PATH": f"{folder}:/usr/bin:/bin"}, check=False
    )
    calls = folder / "calls"
    return done.returncode, calls.read_text().splitlines() if calls.exists() else []


def test_cloud_build_knows_every_name_that_it_is_to_fill_in() -> None:
    """It refuses a build whose text has another after a single dollar; two are the shell's."""
    declared = set(re.findall(r"^  (_[A-Z_]+):", CLOUD_BUILD, re.M))
    named = set(re.findall(r"(?<!\$)\$\{?([A-Za-z_]+)", CLOUD_BUILD))
    assert declared <= named
    assert named <= declared | {"PROJECT_ID", "SHORT_SHA"}


def test_the_pipeline_runs_as_its_own_account() -> None:
    """Not as the project's default account, which may do everything."""
    account = "projects/${PROJECT_ID}/serviceAccounts/${_NAME}-pipeline@"
    assert f"serviceAccount: {account}" in CLOUD_BUILD


def _text(name: str) -> str:
    return (ROOT / name).read_text()
