"""Terraform that was changed for the worse fails: the checks are worth something."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.infra import plans
from tests.infra.checks import problems
from tests.infra.plans import ROOT, NotPlanned

PUBLIC_WORKER = """
resource "google_cloud_run_v2_service_iam_member" "everybody" {
  name     = google_cloud_run_v2_service.worker.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}
"""


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(ROOT / "infra", tmp_path / "infra"))


def _change(infra: Path, file: str, before: str, after: str) -> None:
    path = infra / "terraform" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        (
            "worker.tf",
            "invoker_iam_disabled = false",
            "invoker_iam_disabled = true",
            "the worker's invoker check may be off",
        ),
        (
            "subscriptions.tf",
            '[each.key].name}"\n    max_delivery',
            '["votes"].name}"\n    max_delivery',
            "consensus-timers has no dead letters",
        ),
        (
            "worker.tf",
            'local.emails["worker"]',
            'local.emails["dispatcher"]',
            "worker runs as consensus-dispatcher@demo-project.iam.gserviceaccount.com,"
            " not as an account of its own",
        ),
        (
            "aggregator.tf",
            "ALLOW_INTERNAL_ONLY",
            "ALLOW_ALL",
            "aggregator has ingress ALLOW_ALL",
        ),
        (
            "topics.tf",
            '"dispatcher", "scheduler"',
            '"dispatcher", "scheduler", "worker"',
            "unexpected grant: ('worker', 'pubsub.publisher', 'consensus-timers')",
        ),
        (
            "accounts.tf",
            '"dispatcher", "aggregator"]',
            '"dispatcher", "aggregator", "worker"]',
            "unexpected grant: ('worker', 'datastore.user', 'project')",
        ),
    ],
)
def test_a_change_for_the_worse_is_told(
    terraform: None,
    bundles: Path,
    infra: Path,
    *,
    file: str,
    before: str,
    after: str,
    told: str,
) -> None:
    """Each spoilt deployment plans, and the checks say what is wrong with it."""
    _change(infra, file, before, after)
    assert told in problems(plans.plan(bundles, infra=infra))


def test_a_public_worker_is_told(terraform: None, bundles: Path, infra: Path) -> None:
    """A grant to everybody is not in the table, wherever it was added."""
    (infra / "terraform" / "everybody.tf").write_text(PUBLIC_WORKER)
    expected = "unexpected grant: ('allUsers', 'run.invoker', 'consensus-worker')"
    assert expected in problems(plans.plan(bundles, infra=infra))


def test_missing_dead_letters_are_told(terraform: None, bundles: Path, infra: Path) -> None:
    """A subscription whose policy was taken out is named."""
    path = infra / "terraform" / "subscriptions.tf"
    without = re.sub(r"\n  dead_letter_policy \{.*?\n  \}\n", "", path.read_text(), flags=re.S)
    assert without != path.read_text()
    path.write_text(without)
    assert "consensus-votes has no dead letters" in problems(plans.plan(bundles, infra=infra))


def test_a_misspelt_argument_is_refused(terraform: None, bundles: Path, infra: Path) -> None:
    """Terraform itself names what no provider knows."""
    _change(infra, "subscriptions.tf", "ack_deadline_seconds ", "ack_deadline_secs ")
    with pytest.raises(NotPlanned, match="ack_deadline_secs"):
        plans.plan(bundles, infra=infra)
