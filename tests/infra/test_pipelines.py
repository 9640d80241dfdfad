"""What builds and deploys: the verbs that people use, pinned, with no more rights than it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

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
    steps = re.findall(r"^  - id: (.+)\n((?:    .*\n|\n|  #.*\n)*)", CLOUD_BUILD, re.M)
    before: dict[str, set[str]] = {}
    for name, text in steps:
        waits = re.search(r"waitFor: \[(.*)\]", text)
        awaited = re.findall(r"[\w-]+", waits[1]) if waits else list(before)
        awaited = [step for step in awaited if step in before]
        before[name] = set(awaited).union(*(before[step] for step in awaited))
    assert {"check", "scan", "infra-test", "scan-image", "sbom", "sign"} <= before["plan"]
    assert before["apply"] > before["plan"]
    assert "plan" in before["apply"]
    assert before["image"] < before["scan-image"] < before["sign"]
    assert "bundle" in before["sign"]
    assert "CONSENSUS_REQUIRE_AUDIT=1" in dict(steps)["scan"]
    assert "requestedVerifyOption: VERIFIED" in CLOUD_BUILD


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
