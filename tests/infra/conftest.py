"""One plan serves a whole run; without Terraform its tests are skipped, or fail if required."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.infra import plans, wiring


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand-ins for the bundles."""
    return plans.stand_in_bundles(tmp_path_factory.mktemp("bundles"))


REQUIRED = bool(os.environ.get("CONSENSUS_REQUIRE_INFRA"))  # as make infra-test sets it


@pytest.fixture(scope="session")
def able() -> None:
    """Skip where nothing can plan; CONSENSUS_REQUIRE_INFRA makes that a failure."""
    able = shutil.which("terraform") and plans.run("validate").returncode != plans.NOTHING_RAN
    if not able and REQUIRED:
        pytest.fail("Terraform, or its providers, cannot be had; see scripts/infra.")
    if not able:
        pytest.skip("Terraform, or its providers, cannot be had")


@pytest.fixture(scope="session")
def terraform(able: None) -> None:
    """For tests that plan anew: seconds each, so that they are make infra-test's alone."""
    if not REQUIRED:
        pytest.skip("make infra-test runs it")


@pytest.fixture(scope="session")
def plan(able: None, bundles: Path) -> plans.Plan:
    """The plan of a fresh deployment that says no more than it must."""
    return plans.plan(bundles)


@pytest.fixture(scope="session")
def telling(able: None, bundles: Path) -> plans.Plan:
    """The plan of a deployment with every topic there may be."""
    return plans.plan(bundles, *wiring.WITH_OPTIONAL_PUSHES)


@pytest.fixture(scope="session")
def whole(able: None, bundles: Path) -> plans.Plan:
    """The plan of a deployment that uses every option there is."""
    return plans.plan(bundles, *plans.EVERY_OPTION)
