"""The deployment applied, by Terraform itself, to the stand-in for Google's providers.

Theirs apply to an account alone: without the stand-in these tests are skipped. What theirs add to
what they keep is not seen here: where that is known to differ from what was asked for at each plan,
a test of its own holds it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra import plans
from tests.infra.plans import ROOT, Plan, of_kind

STAND_IN = Path(
    os.environ.get("TERRAFORM_OFFLINE")
    or ROOT.parent / "shared" / "tools" / "terraform-offline" / "terraform-offline"
)
CHANGED = 2  # the exit code of a plan that would change something
OTHER_IMAGE = plans.IMAGE.replace("a" * 64, "c" * 64)

Terraform = Callable[..., tuple[int, str]]


@pytest.fixture
def deployment(terraform: None, tmp_path: Path) -> Terraform:
    """A verb of Terraform on one deployment: its exit code and what it says."""
    if not STAND_IN.is_file():
        pytest.skip("Google's own providers need an account to apply: set TERRAFORM_OFFLINE")
    plans.stand_in_bundles(tmp_path)

    def run(verb: str, *options: str, state: str = "state", image: str = plans.IMAGE) -> Any:
        given = {"project_id": "demo-project", "bundles": tmp_path, "worker_image": image}
        variables = [f"-var={name}={value}" for name, value in given.items()]
        where = f"-state={tmp_path / state}"
        folder = str(ROOT / "infra" / "terraform")
        command = [str(STAND_IN), folder, verb, "-no-color", where, *variables, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        return done.returncode, done.stdout + done.stderr

    return run


def _touched(said: str) -> set[str]:
    """What a plan would change, by address."""
    return set(re.findall(r"^  # (\S+) (?:will|must) be", said, re.M))


@pytest.mark.parametrize("options", [(), plans.EVERY_OPTION], ids=["least", "whole"])
def test_apply_twice_changes_nothing(deployment: Terraform, options: tuple[str, ...]) -> None:
    """With no option and with every one."""
    applied = deployment("apply", *options)
    assert applied[0] == 0, applied[1]
    again = deployment("plan", "-detailed-exitcode", *options)
    assert again[0] == 0, _touched(again[1])


def test_a_new_version_touches_what_is_new(deployment: Terraform, tmp_path: Path) -> None:
    """Another image is another revision of the worker alone; other code, of its functions."""
    deployment("apply")
    # As scripts/deploy reads what runs.
    kept = (tmp_path / "state").read_text()
    assert re.findall(r'^ *"image": "(.*@sha256:[0-9a-f]*)",*$', kept, re.M) == [plans.IMAGE]
    _, said = deployment("plan", image=OTHER_IMAGE)
    assert _touched(said) == {"google_cloud_run_v2_service.worker"}
    (tmp_path / "aggregator.zip").write_bytes(b"another bundle")
    _, said = deployment("plan")
    functions = {a for a in _touched(said) if a.startswith("google_cloudfunctions2_function")}
    assert functions == {"google_cloudfunctions2_function.aggregator"}
    assert _touched(said) - functions == {'google_storage_bucket_object.bundle["aggregator"]'}


def test_an_update_begins_with_what_scripts_deploy_counts_on(
    deployment: Terraform, tmp_path: Path
) -> None:
    """With the worker's image held, functions change and it does not; then it alone does. At once,
    as on the way back, the worker changes first and the aggregator after the dispatcher."""
    worker = "google_cloud_run_v2_service.worker"
    deployment("apply")
    for bundle in ("supervisor", "aggregator"):
        (tmp_path / f"{bundle}.zip").write_bytes(b"newer code")
    (tmp_path / "before").write_bytes((tmp_path / "state").read_bytes())
    _, said = deployment("apply")
    functions = ["google_cloudfunctions2_function.dispatcher"]
    functions.append("google_cloudfunctions2_function.aggregator")
    assert _modified(said, worker, *functions) == functions
    _, said = deployment("plan", f"-target={worker}", image=OTHER_IMAGE)
    assert _touched(said) == {worker}
    _, said = deployment("apply", state="before", image=OTHER_IMAGE)
    assert _modified(said, worker, *functions) == [worker, *functions]


def _modified(said: str, *addresses: str) -> list[str]:
    """Those of the addresses that an apply changed, in its order."""
    begun = re.findall(r"^(\S+): Modifying\.\.\.", said, re.M)
    return [address for address in begun if address in addresses]


def test_what_was_destroyed_can_be_applied_again(deployment: Terraform) -> None:
    """The database that a destroy leaves is taken over, under queues of other names."""
    deployment("apply")
    gone = deployment("apply", "-destroy")
    assert gone[0] == 0, gone[1]
    back = ("-var=adopt_database=true", "-var=adopt_rules=true", "-var=queue_suffix=-b")
    code, said = deployment("apply", *back)
    assert code == 0, said
    assert "2 imported" in said
    # Taken over once: without the switches nothing changes.
    assert deployment("plan", "-detailed-exitcode", "-var=queue_suffix=-b")[0] == 0


OTHER_DATABASE = ("-var=firestore_database=restored", "-var=adopt_database=true")


def _forgotten() -> list[str]:
    """What the guide has Terraform forget before a restored database, by address."""
    guide = (ROOT / "docs" / "deploy.md").read_text()
    (recipe,) = re.findall(r"\$ terraform -chdir=\S+ state rm ((?:.*\\\n)*.*)", guide)
    return str(recipe).replace("\\\n", " ").split()


def test_a_restored_database_takes_the_place_of_the_old_one(
    deployment: Terraform, tmp_path: Path
) -> None:
    """As the guide tells it: nothing of the old one is deleted, the restored one is taken over."""
    deployment("apply")
    # Its import is ignored while the state holds the old one: every address of it would change.
    _, said = deployment("plan", *OTHER_DATABASE)
    assert "to import" not in said
    of_the_old = {a.partition("[")[0] for a in _touched(said) if a.startswith("google_fire")}
    assert of_the_old == set(_forgotten())
    forget = ["terraform", "state", "rm", f"-state={tmp_path / 'state'}", *_forgotten()]
    done = subprocess.run(forget, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, said = deployment("apply", *OTHER_DATABASE)
    assert code == 0, said
    assert re.search(r"^Plan: 1 to import, \d+ to add, \d+ to change, 0 to destroy", said, re.M), (
        said
    )
    # Taken over once: without the switch nothing changes.
    assert deployment("plan", "-detailed-exitcode", OTHER_DATABASE[0])[0] == 0


def test_two_deployments_stand_in_one_project(deployment: Terraform) -> None:
    """Each applies beside the other; destroying one touches no API that the other uses."""
    second = ("-var=name=second", "-var=firestore_database=second")
    assert deployment("apply")[0] == 0
    assert deployment("apply", *second, state="other")[0] == 0
    assert deployment("apply", "-destroy", *second, state="other")[0] == 0
    assert deployment("plan", "-detailed-exitcode")[0] == 0


def test_an_option_can_be_taken_out_again(deployment: Terraform) -> None:
    """Each option that adds resources takes its own away, and nothing besides."""
    deployment("apply")
    before = deployment("plan", "-detailed-exitcode")
    options = (
        "-var=telemetry=google",
        "-var=alert_email=me@example.com",
        "-var=audit_reads=consensus",
    )
    assert deployment("apply", *options)[0] == 0
    code, said = deployment("plan", "-detailed-exitcode")
    assert (before[0], code) == (0, CHANGED)
    assert not re.search(r"must be replaced|^Plan: [^0]\d* to add", said, re.M)


def test_the_dashboard_has_nothing_that_google_leaves_out(plan: Plan) -> None:
    """Zeros and empty lists are not kept: a plan that sets them would change it each time.

    https://github.com/hashicorp/terraform-provider-google/issues/16173
    """
    text = of_kind(plan, "google_monitoring_dashboard")["this"].values["dashboard_json"]
    assert not re.search(r"= (0|\[\]|\{\}|\"\"|false|null)$", text, re.M)
    assert "xPos" in text


def test_the_scheduler_s_own_header_is_left_alone() -> None:
    """It tells the token as one, which older providers would take away with each apply."""
    agreed = json.loads((ROOT / "tests" / "infra" / "agreed" / "order.json").read_text())
    waits = agreed["resource google_cloud_scheduler_job sweep"]
    assert 'ignore_changes = [http_target[0].headers["Authorization"]]' in waits
