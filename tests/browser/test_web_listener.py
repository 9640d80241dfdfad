"""examples/web-listener in a real Chromium: Firebase's SDK is played by a script of its calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from consensus.adapters.local.http_server import serving
from tests.browser.conftest import CHROMIUM

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "web-listener"

# What the SDK does, by hand: tell(document) and fail(code) are what a test calls.
SDK = """
export const initializeApp = () => ({}), getAuth = () => ({}), getFirestore = () => ({});
export const signInAnonymously = async () => ({ user: { getIdToken: async () => "a-token" } });
export const doc = (_, ...path) => path.join("/");
const snapshot = (data, fromCache = false) => ({
  exists: () => data !== null, data: () => data, metadata: { fromCache },
});
const sdk = (window.sdk ??= { calls: [], listeners: 0 });
export const onSnapshot = (path, _, next, failed) => {
  sdk.calls.push(`listen ${path}`);
  sdk.listeners += 1;
  sdk.tell = (data, fromCache) => next(snapshot(data, fromCache));
  sdk.fail = (code) => failed(Object.assign(new Error(`no: ${code}`), { code }));
  return () => { sdk.listeners -= 1; };
};
export const getDocFromServer = async () => snapshot(null);
export const disableNetwork = async () => sdk.calls.push("disable");
export const enableNetwork = async () => sdk.calls.push("enable");
"""
DONE = {
    "state": "DONE",
    "progress": {"asked": 3},
    "result": {"outcome": "CONSENSUS", "answer": "<b>397.8</b>", "explanation": "They agree."},
}


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """The example's page, with the service and the SDK played."""
    if CHROMIUM is None:
        pytest.skip("needs a chromium")
    app = Starlette(routes=[Mount("/", StaticFiles(directory=EXAMPLE, html=True))])
    async with serving(app) as port, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        opened = await browser.new_page()
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.route("https://www.gstatic.com/**", _sdk)
        await opened.route("https://consensus.example.com/**", _service)
        opened.set_default_timeout(20_000)
        await opened.goto(f"http://127.0.0.1:{port}/")
        yield opened
        await browser.close()
        assert not complaints


async def _sdk(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*"}
    await route.fulfill(body=SDK, content_type="text/javascript", headers=headers)


async def _service(route: Route) -> None:
    named = "authorization, content-type, idempotency-key"
    allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": named}
    if route.request.method == "OPTIONS":
        await route.fulfill(headers=allowed)
        return
    given = route.request.headers
    known = given["authorization"] == "Bearer a-token" and given["idempotency-key"]
    asked = json.loads(route.request.post_data or "{}")
    assert asked == {"prompt": "What is 17% of 2,340?"}
    told: dict[str, Any] = {"id": "task1"} if known else {"detail": "Send a token."}
    await route.fulfill(status=202 if known else 401, json=told, headers=allowed)


async def test_the_page_asks_listens_and_ends(page: Page) -> None:
    """What comes from the cache is no word of the server; a model's markup is text."""
    await page.click("button")
    await page.wait_for_function("Boolean(window.sdk?.tell)")
    await page.evaluate("sdk.tell({state: 'RUNNING', progress: {asked: 3}}, false)")
    await expect(page.get_by_role("status")).to_have_text("RUNNING, asked 3")
    await page.evaluate("sdk.tell(null, true)")
    await page.evaluate("done => sdk.tell(done, false)", DONE)
    await expect(page.get_by_role("status")).to_have_text("CONSENSUS")
    await expect(page.locator("#answer")).to_have_text("<b>397.8</b>")
    assert await page.evaluate("[sdk.calls, sdk.listeners]") == [["listen tasks/task1"], 0]


@pytest.mark.parametrize("code", ["permission-denied", "unauthenticated"])
async def test_what_the_rules_forbid_is_told_at_once(page: Page, code: str) -> None:
    """It is not tried again."""
    await page.click("button")
    await page.wait_for_function("Boolean(window.sdk?.tell)")
    await page.evaluate("code => sdk.fail(code)", code)
    await expect(page.get_by_role("status")).to_have_text(f"no: {code}")
    assert await page.evaluate("sdk.listeners") == 0


FOLLOW = """async ({script, options}) => {
  const { follow } = await import("./follow.js");
  const calls = [], shown = [], steps = [...script];
  let listeners = 0;
  // A step is what the next listener hears, or what the next look finds.
  const source = {
    listen: (next, failed) => {
      calls.push("listen");
      listeners += 1;
      const step = steps[0]?.listener === undefined ? {} : steps.shift();
      for (const task of step.listener ?? []) setTimeout(() => next(task));
      if (step.fails) setTimeout(() => failed({ code: step.fails }));
      return () => { listeners -= 1; };
    },
    reconnect: async () => calls.push("reconnect"),
    read: async () => {
      calls.push("read");
      const step = steps.shift();
      if (step.fails) throw { code: step.fails };
      return step.found;
    },
  };
  const ended = await follow(source, (task) => shown.push(task.state), options).then(
    (task) => task.state, (error) => error.message ?? error.code,
  );
  return { calls, shown, ended, listeners };
}"""
QUEUED, RUNNING, ENDED = ({"state": state} for state in ("QUEUED", "RUNNING", "DONE"))


@pytest.mark.parametrize(
    ("script", "calls", "shown", "ended"),
    [
        ([{"listener": [QUEUED, RUNNING, ENDED]}], "listen", "QUEUED RUNNING DONE", "DONE"),
        # It dies without a word: the look finds the end.
        (
            [{"listener": [QUEUED]}, {"found": ENDED}],
            "listen reconnect read",
            "QUEUED DONE",
            "DONE",
        ),
        # A look finds no end: it is listened to anew.
        (
            [{"listener": [QUEUED]}, {"found": RUNNING}, {"listener": [ENDED]}],
            "listen reconnect read listen",
            "QUEUED RUNNING DONE",
            "DONE",
        ),
        # It breaks loudly, and so does a look.
        (
            [{"listener": [], "fails": "unavailable"}, {"listener": [ENDED]}],
            "listen listen",
            "DONE",
            "DONE",
        ),
        (
            [{"listener": []}, {"fails": "unavailable"}, {"listener": [ENDED]}],
            "listen reconnect read listen",
            "DONE",
            "DONE",
        ),
        (
            [{"listener": [QUEUED, None]}],
            "listen",
            "QUEUED",
            "There is no such task, or it was erased.",
        ),
        ([{"listener": [], "fails": "permission-denied"}], "listen", "", "permission-denied"),
    ],
)
async def test_a_task_is_followed_whatever_becomes_of_its_listener(
    page: Page, script: list[dict[str, Any]], calls: str, shown: str, ended: str
) -> None:
    """To its end, and nobody is left listening."""
    options = {"quiet": 100, "longest": 10}
    told = await page.evaluate(FOLLOW, {"script": script, "options": options})
    assert told == {
        "calls": calls.split(),
        "shown": shown.split(),
        "ended": ended,
        "listeners": 0,
    }


def test_the_readme_shows_the_rules_that_are_deployed() -> None:
    """Word for word; tests/contract/test_firestore_rules.py tries them."""
    rules = (ROOT / "infra" / "firestore.rules").read_text()
    assert f"```\n{rules}```" in (EXAMPLE / "README.md").read_text()
