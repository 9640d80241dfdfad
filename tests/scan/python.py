"""What the rules of scripts/rules find (ruleid), and what they leave alone (ok). Never run."""

# ruff: noqa - it holds on purpose what the rules are to find

import asyncio
import hmac
import logging
import subprocess
import sys
import time
from datetime import datetime

import httpx

log = logging.getLogger(__name__)


async def shell(command):
    # ruleid: no-shell
    subprocess.run(command, shell=True)
    # ruleid: no-shell
    await asyncio.create_subprocess_shell(command)
    # ok: no-shell
    subprocess.run([command], check=True)


def code(text):
    # ruleid: no-code-from-data
    eval(text)
    # ruleid: no-code-from-data
    pickle.loads(text)
    # ok: no-code-from-data
    json.loads(text)


def clock(now):
    # ruleid: no-wall-clock-inside
    datetime.now(UTC)
    # ruleid: no-wall-clock-inside
    time.monotonic()
    # ok: no-wall-clock-inside
    now()


async def sleep():
    # ruleid: no-sleep-in-tests
    time.sleep(1)
    # ruleid: no-sleep-in-tests
    await asyncio.sleep(0.1)
    # ok: no-sleep-in-tests
    await asyncio.sleep(0)
    while not condition():
        # ok: no-sleep-in-tests
        await asyncio.sleep(0.01)


def logs(task, prompt, error):
    # ruleid: nothing-private-in-logs
    log.info("asked: %s", prompt)
    # ruleid: nothing-private-in-logs
    log.warning("no vote: %s", task.result.answer)
    # ruleid: nothing-private-in-logs
    log.info("asked", extra={"question": task.messages})
    # ruleid: nothing-private-in-logs
    span.set_attribute("what", vote.reading.text)
    # ok: nothing-private-in-logs
    log.warning("an answer took too long: %s", error, extra={"task_id": task.id})
    # ruleid: no-text-made-for-a-log
    log.info(f"task {task.id}")
    # ok: no-text-made-for-a-log
    log.info("task %s", task.id)


async def calls(url):
    # ruleid: every-call-ends
    httpx.AsyncClient(base_url=url)
    # ruleid: every-call-ends
    httpx.get(url)
    # ruleid: every-call-ends
    urllib.request.urlopen(url)
    # ok: every-call-ends
    httpx.AsyncClient(base_url=url, timeout=5.0)
    # ok: every-call-ends
    httpx.Limits(max_connections=5)
    # ruleid: no-unchecked-certificate
    httpx.AsyncClient(timeout=5.0, verify=False)


def sql(db, name):
    # ruleid: no-sql-from-values
    db.execute(f"SELECT * FROM tasks WHERE id = '{name}'")
    # ok: no-sql-from-values
    db.execute("SELECT * FROM tasks WHERE id = ?", (name,))
    # ok: no-sql-from-values
    db.execute(f"PRAGMA user_version = {VERSION}")


def secrets(given, token):
    # ruleid: secrets-compared-in-constant-time
    if given == self.token:
        return
    # ok: secrets-compared-in-constant-time
    hmac.compare_digest(given, token)
    # ok: secrets-compared-in-constant-time
    given.page == token.page


async def children():
    # ruleid: children-do-not-import-from-here
    await asyncio.create_subprocess_exec(sys.executable, "-m", "consensus")
    # ruleid: children-do-not-import-from-here
    subprocess.run([sys.executable, "-m", "consensus"], check=True)
    # ok: children-do-not-import-from-here
    await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", "consensus")
