"""Our checkov policies fire on what they are for; `make policies` runs them on the deployment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.plans import ROOT

SPOILT = """
resource "google_cloud_run_v2_service" "open" {
  name                 = "open"
  location             = "us-central1"
  invoker_iam_disabled = true
  template {
    containers {
      image = "worker"
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "everybody" {
  name   = "open"
  role   = "roles/run.invoker"
  member = "allUsers"
}

resource "google_pubsub_subscription" "votes" {
  name  = "votes"
  topic = "votes"
  push_config {
    push_endpoint = "https://aggregator.example/votes"
  }
}

resource "google_cloudfunctions2_function" "once" {
  name     = "once"
  location = "us-central1"
  event_trigger {
    event_type   = "google.cloud.pubsub.topic.v1.messagePublished"
    retry_policy = "RETRY_POLICY_DO_NOT_RETRY"
  }
  service_config {
    service_account_email = "once@example.iam.gserviceaccount.com"
  }
}

resource "google_firestore_database" "forgetful" {
  name        = "(default)"
  location_id = "us-central1"
  type        = "FIRESTORE_NATIVE"
}
"""


def test_each_policy_fires_on_what_it_is_for(tmp_path: Path) -> None:
    """A deployment that is wrong in every way fails every policy of ours."""
    checkov = shutil.which(os.environ.get("CHECKOV", "checkov"))
    if checkov is None:
        pytest.skip("no checkov: make policies installs it")
    (tmp_path / "main.tf").write_text(SPOILT)
    policies = str(ROOT / "infra" / "policies")
    command = [checkov, "-d", str(tmp_path), "--external-checks-dir", policies, "-o", "json"]
    done = subprocess.run(
        [*command, "--framework", "terraform", "--quiet"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    failed = {check["check_id"] for check in json.loads(done.stdout)["results"]["failed_checks"]}
    ours = {f"CKV2_CONSENSUS_{n}" for n in range(1, len(list(Path(policies).iterdir())) + 1)}
    assert ours <= failed
