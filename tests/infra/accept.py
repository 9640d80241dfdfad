"""Agree to what Terraform plans now: python -m tests.infra.accept"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.infra import agreed, mixtures, plans


def main() -> int:
    """Write what was agreed anew. 1 where only Google's own providers can be had."""
    with tempfile.TemporaryDirectory() as scratch:
        bundles = plans.stand_in_bundles(Path(scratch))
        found = {
            "least": plans.plan(bundles),
            "whole": plans.plan(bundles, *plans.EVERY_OPTION),
        }
        mixed = [mixtures.planned(m, bundles) for m in mixtures.MIXTURES]
    if not all(plan.exact for plan in found.values()):
        print("Set TERRAFORM_OFFLINE: Google's own providers add values of theirs.")
        return 1
    least, whole = agreed.values(found["least"]), agreed.values(found["whole"])
    agreed.write("least", least)
    agreed.write("whole", agreed.beyond(whole, least))
    told = {str(n): mixtures.otherwise(agreed.values(m), least) for n, m in enumerate(mixed)}
    agreed.write("mixtures", told)
    agreed.write("order", agreed.order(agreed.TERRAFORM))
    return 0


if __name__ == "__main__":
    sys.exit(main())
