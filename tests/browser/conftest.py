"""The page in a real Chromium, over the supervisor's application and a SQLite store in memory.

Without a Chromium these tests are skipped, or fail where CONSENSUS_REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from consensus.adapters.local.http_server import serving
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.adapters.local.system_clock import SystemClock
from consensus.config import Settings
from consensus.core.events import Event
from consensus.core.model import Reading, Usage, Vote
from consensus.doors.identity import ApiKeys, Identity, local
from consensus.usecases.apply import apply_event
from tests.entrypoints.conftest import Service
from tests.usecases.doubles import RecordingBus

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
WIDTHS = (360, 768, 1280)
expect.set_options(timeout=20_000)  # of a busy machine


@dataclass
class Site:
    """The service that the page belongs to, where it is served, and a browser to see it with."""

    service: Service
    url: str
    browser: Browser
    complaints: list[str]

    async def open(self, route: str = "", width: int = 1280, **look: object) -> Page:
        """A page of its own at a route; what its console complains of is kept."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800},
            **look,  # type: ignore[arg-type]
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        await page.goto(f"{self.url}#/{route}")
        await page.wait_for_selector("main > *")
        return page

    async def ask(self, prompt: str = "What is 2 + 2?", **options: object) -> str:
        """Submit a task, as a client does, and have it taken; returns its id."""
        context = await self.browser.new_context()
        body = {"prompt": prompt, "strategy": "exact", "min_votes": 3, "max_votes": 3, **options}
        response = await context.request.post(f"{self.url}v1/tasks", data=body)
        task_id = str((await response.json())["id"])
        await context.close()
        await self.service.take(task_id)
        return task_id

    async def vote(self, task_id: str, *answers: str, first: int = 0, text: str = "") -> None:
        """Bring votes for these answers, seat by seat."""
        for seat, answer in enumerate(answers, first):
            reading = Reading(text or f"I think it is {answer}", answer, confidence=0.9)
            vote = Vote(seat, reading, "default", "demo", 1.0, Usage(1, 10, 5, 0.001))
            await self.service.aggregate.ballot(task_id, vote, f"{task_id}-{seat}", "")

    async def moved(self, task_id: str, event: Event) -> None:
        """Have something happen to a task."""
        service = self.service
        await apply_event(service.store, service.clock, lambda: 0.0, task_id, event)

    async def answered(self, prompt: str, answers: Sequence[str], **options: object) -> str:
        """A task at its end; returns its id."""
        size = {"min_votes": len(answers), "max_votes": len(answers)}
        task_id = await self.ask(prompt, **{**size, **options})
        await self.vote(task_id, *answers)
        return task_id


@asynccontextmanager
async def served(identity: Identity, deciders: tuple[str, ...] = ()) -> AsyncIterator[Site]:
    """A served page, and a browser; fails where the page complained of anything by itself."""
    if CHROMIUM is None:
        if os.environ.get("CONSENSUS_REQUIRE_BROWSER") == "1":
            pytest.fail("CONSENSUS_REQUIRE_BROWSER=1, but there is no chromium on the PATH.")
        pytest.skip("There is no chromium on the PATH. Debian: apt-get install chromium")
    store = SqliteStore(":memory:")
    with TemporaryDirectory() as folder:
        service = Service(
            store,
            RecordingBus(),
            SystemClock(),  # type: ignore[arg-type]
            Settings(),
            Path(folder),
            identity,
            deciders=deciders,
        )
        async with _seen(service) as site:
            yield site
    await store.close()
    assert site.complaints == []


@asynccontextmanager
async def _seen(service: Service) -> AsyncIterator[Site]:
    async with (
        serving(service.supervisor()) as port,
        async_playwright() as playwright,
    ):
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        site = Site(service, f"http://127.0.0.1:{port}/", browser, [])
        yield site
        await browser.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """The page where everybody is one owner."""
    async with served(local) as site:
        yield site


@pytest.fixture
async def keyed() -> AsyncIterator[Site]:
    """The page where callers need a key: Ann's is `a-key`, and she may decide on everybody's; Bob's
    is `b-key`."""
    keys = {"ann": b"a-key", "bob": b"b-key"}
    known = ",".join(f"{owner}:{hashlib.sha256(key).hexdigest()}" for owner, key in keys.items())
    async with served(ApiKeys(known), deciders=("ann",)) as site:
        yield site
