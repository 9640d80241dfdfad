"""Values are read in a process that ends itself rather than hold up its worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from consensus.adapters.processes.value_process import COMMAND, ValueProcess
from consensus.core.model import Format, FormatKind, Strategy
from consensus.core.values import Identifier
from consensus.readers import answer, leaves

# A reader that never ends on "spin", falls over on "fall", and else gives a choice.
FAULTY = (
    "-c",
    "import json, os, signal, sys\n"
    "for line in sys.stdin:\n"
    "    final = json.loads(line)['final']\n"
    "    signal.setitimer(signal.ITIMER_PROF, 0.05)\n"
    "    while final == 'spin': pass\n"
    "    if final == 'fall': os._exit(1)\n"
    '    print(\'?\' if final == \'garble\' else \'{"k":"choice","v":"b"}\', flush=True)\n',
)


@pytest.fixture
async def faulty() -> AsyncIterator[ValueProcess]:
    """A process that can be made to fail."""
    process = ValueProcess(FAULTY)
    yield process
    await process.close()


async def test_the_process_reads_as_the_reader_does() -> None:
    """Values come back over the pipe as they were."""
    process = ValueProcess(COMMAND)
    try:
        await process.start()
        for text in ("5 km", "between 7 and 9 hours", "Paris, on the Seine", "`ls -a`", "\n\u2028"):
            told = await process(text, "What is it?", Strategy.SEMANTIC)
            assert told == answer.read(text, "What is it?", Strategy.SEMANTIC)
    finally:
        await process.close()


async def test_the_texts_of_a_json_answer_come_back_as_leaves() -> None:
    """As the reader reads them, and by the caller's schema."""
    wanted = Format(FormatKind.SCHEMA, '{"properties": {"due": {"type": "string"}}}')
    final = '{"due": "1 March 2024", "far": ["5 km", "\\ud800"], "n": 3}'
    process = ValueProcess(COMMAND)
    try:
        told = await process.leaves(final, "Extract the fields.", wanted)
        assert [leaf.text for leaf in told] == ["1 March 2024", "5 km", "?"]
        assert told[:2] == tuple(leaves.read(final, "Extract the fields.", wanted))[:2]
        assert await process.leaves("no JSON", "?", None) == ()
    finally:
        await process.close()


@pytest.mark.parametrize("text", ["spin", "fall", "garble"])
async def test_texts_that_cannot_be_read_are_left_out(faulty: ValueProcess, text: str) -> None:
    """Whatever stops the process."""
    assert await faulty.leaves(text, "?", None) == ()
    assert await faulty("b", "?", Strategy.EXACT) != Identifier("b")


@pytest.mark.parametrize("text", ["spin", "fall"])
async def test_an_answer_that_cannot_be_read_is_its_letters(
    faulty: ValueProcess, text: str
) -> None:
    """Whatever stops the process; the next answer is read by a new one."""
    assert await faulty(f"{text}", "?", Strategy.EXACT) == Identifier(text)
    assert await faulty("b", "?", Strategy.EXACT) != Identifier("b")


async def test_the_process_is_not_told_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads what models wrote, and has no key to lose."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    script = (
        "-c",
        "import json, os, sys\n"
        "for _ in sys.stdin: print(json.dumps({'k': 'id', 'v': ' '.join(os.environ)}), flush=True)",
    )
    process = ValueProcess(script)
    try:
        told = await process("b", "?", Strategy.EXACT)
    finally:
        await process.close()
    assert isinstance(told, Identifier)
    assert "OPENAI" not in told.text


def test_only_an_answer_that_may_be_sql_loads_what_parses_it() -> None:
    """Loading takes as long as all other readers together; it comes before the answer's clock."""
    program = """
import sys
from consensus.readers import answer
for text in ("397.8", "It is Canberra.", "```sql\\nSELECT a FROM t\\n```"):
    answer.prepare(text)
    print("sqlglot" in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert run.stdout.split() == ["False", "False", "True"], run.stderr


def test_a_worker_and_its_reader_do_without_numpy() -> None:
    """It is not among their requirements, and takes as long to load as half of the reader."""
    program = """
import sys
sys.modules["numpy"] = None
import consensus.bootstrap.worker
import consensus.readers.process
print("loaded")
"""
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert run.stdout.strip() == "loaded", run.stderr
