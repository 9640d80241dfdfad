"""The page of settings: every setting, as the code has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_is_what_the_settings_say() -> None:
    """docs/settings.md lists every setting with its default and its description."""
    check = [sys.executable, str(ROOT / "scripts" / "settings"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
