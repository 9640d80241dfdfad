"""llm, Simon Willison's command line: a model of its own file; and an error."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from said import AGREED, KEY, MODEL, URL

LLM = Path(sys.executable).with_name("llm")


def run(model: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask by the command."""
    return subprocess.run(
        [LLM, "-m", model, "--key", KEY, *options, AGREED],
        env=os.environ,
        check=False,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )


with tempfile.TemporaryDirectory() as folder:
    os.environ["LLM_USER_PATH"] = folder
    Path(folder, "extra-openai-models.yaml").write_text(
        "".join(
            f"- {{model_id: {name}, model_name: {model}, api_base: '{URL}'}}\n"
            for name, model in (("panel", MODEL), ("wrong", "gpt-4o"))
        )
    )
    for options in ((), ("--no-stream",)):
        answered = run("panel", *options)
        assert (answered.returncode, answered.stdout.strip()) == (0, "4"), answered
    refused = run("wrong")
    assert refused.returncode != 0
    assert MODEL in refused.stderr
