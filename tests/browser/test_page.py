"""The dashboard, as people meet it: by mouse, keyboard and screen reader, at three widths."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, expect

from consensus.codec.responses import worker_to_json
from consensus.core import figures, grouping
from consensus.core.events import BallotCast, CallsBegun, CancelRequested, Hedged, VerdictsGiven
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Finding,
    Message,
    Options,
    Plan,
    Reading,
    Strategy,
    Task,
    Timing,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.values import Identifier, Licence, Sameness
from consensus.ports import Availability, WorkerStatus
from consensus.usecases.submit import SubmitTask
from tests.browser.conftest import WIDTHS, Site

HOSTILE = (
    '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    "\u202egnp.exe\u2066 \x1b[31m `code` **bold** ${1+1} {{7*7}}"
)


async def faults(page: Page) -> list[str]:
    """What axe finds that is serious or critical, and where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


async def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    script = "document.documentElement.scrollWidth - innerWidth"
    return int(await page.evaluate(script))


async def test_asking_and_following(site: Site) -> None:
    """From the form to the answer: seats and groups come live, and the end is announced."""
    page = await site.open()
    await expect(page.locator("h1")).to_have_text("Ask a panel, trust the answer")
    await page.fill("#ask-prompt", "What is 2 + 2?")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("h1.question")).to_have_text("What is 2 + 2?")
    (task_id,) = site.service.bus.dispatched
    await site.service.take(task_id)
    await expect(page.locator(".lanes li[data-kind=queued]")).to_have_count(4)
    await expect(page.locator(".deadline")).to_contain_text("left of")
    await site.vote(task_id, "4")
    await expect(page.locator(".groups li")).to_contain_text("1 vote · 100%")
    await expect(page.locator("#tasks .told")).to_have_text("1 of 4 votes in")
    await site.vote(task_id, "4", "4", "4", first=1)
    await expect(page.locator(".answer .said")).to_have_text("4")
    await expect(page.locator("#announcer")).to_have_text("Consensus: 4")
    await expect(page).to_have_title("✓ What is 2 + 2? · Consensus")
    await expect(page.locator("#tasks .told")).to_have_text("4")


async def test_a_vote_is_read_whole(site: Site) -> None:
    """One click opens what a seat said, another closes it; who abstained says why."""
    task_id = await site.ask(max_votes=4)
    await site.vote(task_id, "4", text="Two and two.\n\n```\n2 + 2\n```\n\nSo: 4")
    why = Abstention(1, AbstentionReason.RATE_LIMITED, "slow down")
    await site.service.aggregate.ballot(task_id, why, "lost", "")
    await site.vote(task_id, "4", "4", first=2)
    page = await site.open(f"tasks/{task_id}")
    seat = page.locator(".lane").first
    await seat.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#ballot-0 pre")).to_have_text("2 + 2")
    await expect(page.locator("#ballot-0")).to_contain_text("90% sure")
    await expect(page.locator("#ballot-0")).to_contain_text("Read as 4")
    await expect(seat).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ballot-0")).to_be_hidden()
    await expect(page.locator(".lanes li[data-kind=abstained]")).to_contain_text("too busy")


async def test_no_consensus_does_not_look_like_an_answer(site: Site) -> None:
    """A tie shows both sides alike, in the page, its title and the list; somebody decides."""
    task_id = await site.answered("Tea or coffee?", ["Tea", "Coffee", "Coffee", "Tea"])
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".answer h2")).to_have_text("No answer to trust")
    await expect(page.locator(".answer .lead")).to_contain_text("split evenly")
    await expect(page.locator(".answer .said")).to_have_count(0)
    await expect(page.locator(".rival")).to_have_count(2)
    await expect(page.locator("#tasks .told")).to_have_text("No consensus")
    await expect(page).to_have_title("≠ Tea or coffee? · Consensus")
    await page.locator(".rival", has_text="Tea").get_by_role("button").click()
    await expect(page.locator(".feedback")).to_contain_text("right")
    stored = await site.service.store.feedback([task_id])
    assert stored[task_id].correct or stored[task_id].answer == "Tea"


async def test_only_what_ties_stands_as_equal(site: Site) -> None:
    """Three of five lead together: so many are told, and the fourth stands behind them."""
    answers = ["Jam", *["Tea", "Milk", "Wine"] * 3, "Cola", "Cola"]
    task_id = await site.answered("Which drink?", answers)
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".answer .lead")).to_have_text("Three answers tie at 25%.")
    await expect(page.locator(".rival:not([data-behind])")).to_have_count(3)
    await expect(page.locator(".rival[data-behind] .text")).to_have_text("Cola")
    await expect(page.locator(".rival .chip")).to_have_text(["A", "B", "C", "D"])
    await page.goto(f"{site.url}#/desk")
    await expect(page.locator(".rival .chip")).to_have_text(["A", "B", "C", "D"])


async def test_letters_stay_until_they_tell_ranks(site: Site) -> None:
    """While it is asked a letter is a group's from its first seat on; once decided A leads."""
    task_id = await site.ask(min_votes=5, max_votes=5)
    await site.vote(task_id, "5", "4", "4")
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".groups .chip")).to_have_text(["B", "A"])
    await site.vote(task_id, "4", "4", first=3)
    await expect(page.locator(".answer h2 .chip")).to_have_text("A")
    await expect(page.locator(".groups .chip")).to_have_text(["A", "B"])
    await expect(page.locator(".lane .chip")).to_have_text(["B", "A", "A", "A", "A"])


async def test_a_tally_is_told_as_it_stands(site: Site) -> None:
    """Who hears the page is told of the first vote, of a lead, and of a tie as a tie."""
    task_id = await site.ask(min_votes=5, max_votes=5)
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".lanes li")).to_have_count(5)
    heard = page.locator("#announcer")
    for seat, (answer, told) in enumerate([
        ("Tea", "First vote in: “Tea”."),
        ("Tea", "2 votes in, all for “Tea”."),
        ("Milk", "3 votes in: “Tea” leads with 67%."),
        ("Milk", "4 votes in: 2 answers tied at 50%."),
    ]):  # fmt: skip
        await site.vote(task_id, answer, first=seat)
        await expect(heard).to_have_text(told)


async def test_the_chart_ends_where_the_figures_stand(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a model joined after the last vote is a step of its own, and the legend tells it."""
    monkeypatch.setattr(
        grouping, "_compared", lambda *_: (Sameness.UNKNOWN, Licence.NOTATION)
    )  # every pair is in doubt
    submit = replace(site.service.submit, adjudications=1)
    options = Options(strategy=Strategy.SEMANTIC, min_votes=4, max_votes=4)
    asked = SubmitTask("local", (Message("user", "What is it?"),), "What is it?", options)
    task_id = (await submit(asked)).id
    await site.service.take(task_id)
    for seat, answer in enumerate(["vorn", "quil", "quil", "vorn"]):
        reading = Reading(answer, answer, confidence=0.9, value=Identifier(answer))
        await site.moved(task_id, BallotCast(Vote(seat, reading)))
    page = await site.open(f"tasks/{task_id}")
    legend = page.locator(".chart figcaption b").first
    await expect(legend).to_have_text("50%")
    await site.moved(task_id, VerdictsGiven((Verdict(0, Finding.SAME),)))
    agreement = page.locator(".figures > div", has_text="Agreement").locator("dd").first
    await expect(agreement).to_have_text("100%")
    await expect(legend).to_have_text("100%")
    await expect(page.locator(".chart .times")).to_contain_text("the end")
    await expect(page.locator(".chart .note")).to_contain_text("a model had compared")
    await page.get_by_text("As a table").click()
    await expect(page.get_by_role("row", name="the comparison")).to_contain_text("100%")


async def test_a_lane_tells_its_seat(site: Site) -> None:
    """Queued, calling, asked twice, its first word and its attempts, live; and what came late."""
    task_id = await site.ask("Which letter?")
    page = await site.open(f"tasks/{task_id}")
    lanes = page.locator(".lanes li")
    await expect(lanes).to_have_count(3)
    await expect(page.locator('[data-kind="queued"]')).to_have_count(3)
    for event in (CallsBegun("holder", (0, 1)), Hedged("holder", 1)):
        await site.moved(task_id, event)
    await expect(lanes.nth(0)).to_have_attribute("data-kind", "live")
    await expect(lanes.nth(1).locator(".mark")).to_have_text("×2")
    await expect(lanes.nth(2).locator(".said")).to_have_text("queued")
    used, timing = Usage(2, 10, 5, 0.001), Timing(0.02, 0.01)
    vote = Vote(0, Reading("A", "A"), "default", "demo", 1.0, used, timing)
    await site.moved(task_id, BallotCast(vote))
    await expect(lanes.nth(0)).to_have_attribute("data-kind", "vote")
    await expect(lanes.nth(0).locator(".word")).to_have_count(1)
    await expect(lanes.nth(0).locator(".mark")).to_have_text("↻2")
    await expect(lanes.nth(0).locator(".said")).to_contain_text("2 attempts, first word after")
    await site.moved(task_id, CancelRequested())
    await site.service.aggregate.ballot(task_id, replace(vote, seat=2), "late", "")
    await page.reload()
    await expect(lanes.nth(2)).to_have_attribute("data-kind", "late")
    await expect(lanes.nth(2).locator(".said")).to_have_text("came after the end: A")
    await expect(lanes.nth(1).locator(".said")).to_contain_text("no answer came")
    assert await faults(page) == []


async def test_the_desk(site: Site) -> None:
    """What was not settled waits with its dissent, until somebody decides."""
    await site.answered("Tea or coffee?", ["Tea", "Coffee", "Coffee", "Tea"])
    page = await site.open("desk")
    await expect(page.locator(".case")).to_have_count(1)
    await expect(page.locator("main [role=status]")).to_contain_text("1 task of 1 shown waits")
    await page.fill(".case input", "Water")
    await page.locator(".case .other button").click()
    await expect(page.locator(".decided")).to_contain_text("Water")
    await expect(page.locator("main [role=status]")).to_contain_text("0 tasks of 1 shown wait")


async def test_the_desk_by_keys(site: Site) -> None:
    """From case to case, and one answer of each, without a mouse; nothing is lost on the way."""
    first = await site.answered("Tea or coffee?", ["Tea", "Coffee", "Coffee", "Tea"])
    second = await site.answered("Red or blue?", ["Red", "Blue", "Blue", "Red"])
    page = await site.open("desk")
    await expect(page.locator(".case")).to_have_count(2)
    for key in ("2", "j", "1", "j", "2"):  # the first of these is of no case
        await page.keyboard.press(key)
    await expect(page.locator(".decided")).to_have_count(2)
    await page.keyboard.press("k")
    await expect(page.locator(".case").first).to_be_focused()
    said = await site.service.store.feedback([first, second])
    assert said[second].correct is True
    assert said[first].correct is False
    assert said[first].answer in ("Tea", "Coffee")


async def test_a_desk_for_everybodys(keyed: Site) -> None:
    """Whoever may decide sees whose question it is, and who decided is told."""
    now = datetime.now(UTC)
    due, plan = now + timedelta(seconds=60), Plan(min_votes=4, max_votes=4)
    for owner in ("ann", "bob"):
        asked = Message("user", f"Tea or coffee, {owner}?")
        await keyed.service.store.create(Task(owner, owner, (asked,), plan, now, due), None)
        await keyed.service.take(owner)
        await keyed.vote(owner, "Tea", "Coffee", "Coffee", "Tea")
    page = await keyed.open("desk")
    await page.fill("#key", "a-key")
    await page.keyboard.press("Enter")
    bobs = page.locator(".case", has_text="Tea or coffee, bob?")
    await expect(bobs.locator(".note").first).to_contain_text("asked by bob")
    await bobs.locator(".rival button").first.click()
    await expect(bobs.locator(".decided")).to_contain_text("by you")
    assert (await keyed.service.store.feedback(["bob"]))["bob"].by == "ann"
    assert await faults(page) == []
    keyed.complaints.clear()  # the browser tells of every 401


async def test_who_decided_is_told(keyed: Site) -> None:
    """Bob's question, on which Ann has decided: to him that was Ann, to her herself."""
    now = datetime.now(UTC)
    asked = Message("user", "Tea or coffee?")
    plan, due = Plan(min_votes=4, max_votes=4), now + timedelta(seconds=60)
    await keyed.service.store.create(Task("bobs", "bob", (asked,), plan, now, due), None)
    await keyed.service.take("bobs")
    await keyed.vote("bobs", "Tea", "Coffee", "Coffee", "Tea")
    await keyed.service.aggregate.judge("bobs", "ann", None, "Water")
    for key, who in (("b-key", "ann"), ("a-key", "You")):
        page = await keyed.open("tasks/bobs")
        await page.fill("#key", key)
        await page.keyboard.press("Enter")
        said = page.locator(".feedback span").first
        await expect(said).to_have_text(f"{who} said that Water is right.")
    keyed.complaints.clear()  # the browser tells of every 401


async def test_workers_are_told_with_their_restarts(site: Site) -> None:
    """Status, load, memory, and how often a worker's process was replaced."""
    seen = WorkerStatus("a:1", Availability.BUSY, "worker-1", 3, 8, 0.12, 77_000_000, restarts=2)
    told = {"status": "ready", "store": "ok", "pool": "ok", "workers": [worker_to_json(seen)]}

    async def answer(route: Route) -> None:
        await route.fulfill(json=told)

    page = await site.open()
    await page.route("**/ready", answer)
    await page.goto(f"{site.url}#/workers")
    table = page.get_by_role("region", name="Workers").get_by_role("table")
    await expect(table.get_by_role("row")).to_have_count(2)
    heads = await table.get_by_role("columnheader").all_inner_texts()
    cells = await table.get_by_role("row").nth(1).locator("th, td").all_inner_texts()
    row = dict(zip(heads, map(str.strip, cells), strict=True))
    assert row == {
        "Worker": "worker-1",
        "Status": "busy",
        "Seats in hand": "3 of 8",
        "CPU": "12%",
        "Memory": "77 MB",
        "Restarts": "2",
    }


async def test_the_keyboard_reaches_everything(site: Site) -> None:
    """Past thirty listed tasks that keep changing, the focus stays and gets to the form."""
    for number in range(30):
        await site.answered(f"Question {number}?", ["4", "4", "4"])
    page = await site.open()
    await expect(page.locator("#tasks a")).to_have_count(30)
    await page.locator("#tasks a").nth(2).focus()
    task_id = await site.ask("A new one?")
    await expect(page.locator("#tasks a")).to_have_count(31)
    await site.vote(task_id, "4", "4", "4")
    await expect(page.locator("#tasks .told").first).to_have_text("4")
    focused = "document.activeElement.textContent"
    assert "Question 27?" in await page.evaluate(focused)
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "ask-prompt":
            return
    raise AssertionError("the form is never reached")


async def test_keys(site: Site) -> None:
    """n, j, k, / and d go where they say, not while somebody writes, and can be turned off."""
    first = await site.answered("First?", ["4", "4", "4"])
    second = await site.answered("Second?", ["4", "4", "4"])
    page = await site.open(f"tasks/{second}")
    await expect(page.locator("h1.question")).to_have_text("Second?")
    await expect(page.locator("#tasks a")).to_have_count(2)  # before that there is no next one
    await page.keyboard.press("j")
    await expect(page.locator("h1.question")).to_have_text("First?")
    assert page.url.endswith(first)
    await page.keyboard.press("k")
    await expect(page.locator("h1.question")).to_have_text("Second?")
    await page.keyboard.press("n")
    await expect(page.locator("#ask-prompt")).to_be_focused()
    await page.keyboard.type("judge")
    await expect(page.locator("#ask-prompt")).to_have_value("judge")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.get_by_label("Single keys work").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_be_hidden()
    await page.keyboard.press("d")
    await expect(page.locator("#ask")).to_be_visible()


async def test_filters(site: Site) -> None:
    """By outcome and metadata on the service, by words in what is loaded, and it says which."""
    await site.answered("Apples?", ["4", "4", "4"], metadata={"run": "7"})
    await site.answered("Pears?", ["1", "2", "3"])
    page = await site.open()
    await expect(page.locator("#tasks a")).to_have_count(2)
    await page.get_by_label("Which tasks").select_option("NO_CONSENSUS")
    await expect(page.locator("#tasks .asked")).to_have_text(["Pears?"])
    await page.get_by_label("Which tasks").select_option("all")
    await page.fill("#find", "run=7")
    await expect(page.locator("#tasks .asked")).to_have_text(["Apples?"])
    await page.fill("#find", "pear")
    await expect(page.locator("#tasks .asked")).to_have_text(["Pears?"])
    await expect(page.locator(".list .note")).to_have_text("1 of the 2 tasks loaded here")


async def test_the_last_filter_wins(site: Site) -> None:
    """What an earlier filter found is not shown when it comes after what a later one found."""
    await site.answered("Apples?", ["4", "4", "4"], metadata={"run": "7"})
    await site.answered("Pears?", ["1", "2", "3"])
    page = await site.open()
    await expect(page.locator("#tasks a")).to_have_count(2)
    late = asyncio.Event()

    async def hold(route: Route) -> None:
        if "metadata" not in route.request.url:
            await late.wait()
        await route.continue_()

    await page.route("**/v1/tasks?*", hold)
    await page.get_by_label("Since when").select_option("day")
    await page.fill("#find", "run=7")
    await expect(page.locator("#tasks .asked")).to_have_text(["Apples?"])
    async with page.expect_response(lambda response: "metadata" not in response.url) as coming:
        late.set()
    await (await coming.value).finished()
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )
    assert await page.locator("#tasks .asked").all_inner_texts() == ["Apples?"]


async def test_older_tasks_have_no_end(site: Site) -> None:
    """The list goes on for as long as there are tasks."""
    for number in range(65):
        await site.ask(f"Question {number}?")
    page = await site.open()
    await expect(page.locator("#tasks a")).to_have_count(30)
    for count in (60, 65):
        await page.get_by_role("button", name="Older tasks").click()
        await expect(page.locator("#tasks a")).to_have_count(count)
    await expect(page.get_by_role("button", name="Older tasks")).to_have_count(0)


async def test_what_is_done_with_a_task(site: Site) -> None:
    """Copied as curl and Python, edited and asked, judged, and erased after a question."""
    prompt = 'What\'s "it"?'
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "integer"}}}
    wanted = {"strategy": "structured", "response_format": form}
    task_id = await site.answered(prompt, ["4", "4", "4"], metadata={"run": "7"}, **wanted)
    page = await site.open(f"tasks/{task_id}")
    await page.get_by_role("button", name="curl").click()
    told = await page.locator("#copied").input_value()
    body = told[told.index("-d '") + 4 : -1].replace("'\\''", "'")
    assert json.loads(body)["prompt"] == prompt
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Python").click()
    program = await page.locator("#copied").input_value()
    sent = [n.value for n in ast.walk(ast.parse(program)) if getattr(n, "arg", "") == "json"]
    assert ast.literal_eval(sent[0]) == json.loads(body)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Right", exact=True).click()
    await expect(page.locator(".feedback")).to_contain_text("You said that it is right.")
    await page.get_by_role("button", name="Edit and ask").click()
    await expect(page.locator("#ask-prompt")).to_have_value(prompt)
    await expect(page.locator("#ask-metadata")).to_have_value("run=7")
    await page.go_back()
    await page.get_by_role("button", name="Erase").click()
    await page.locator("dialog").get_by_role("button", name="Erase").click()
    await expect(page.locator("#tasks a")).to_have_count(0)
    assert await site.service.store.load(task_id) is None


async def test_an_answer_is_copied(site: Site) -> None:
    """At one click where the browser lets a page copy; else it is laid out to be copied by hand."""
    task_id = await site.answered("What is 2 + 2?", ["4", "4", "4"])
    page = await site.open(f"tasks/{task_id}", permissions=["clipboard-read", "clipboard-write"])
    await page.locator(".answer").get_by_role("button", name="Copy").click()
    await expect(page.locator("#announcer")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "4"
    refused = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    await page.evaluate(refused)
    await page.locator(".answer").get_by_role("button", name="Copied").click()
    await expect(page.locator("#copied")).to_have_value("4")


async def test_a_conversation_is_told_whole_and_asked_whole(site: Site) -> None:
    """What was said before the question stands above it, and goes along when that is edited."""
    said = [("system", "One word."), ("user", "Largest city?"), ("assistant", "Sydney")]
    messages = [{"role": role, "content": text} for role, text in (*said, ("user", "Its capital?"))]
    context = await site.browser.new_context()
    data = {"messages": messages, "strategy": "exact"}
    response = await context.request.post(f"{site.url}v1/tasks", data=data)
    page = await site.open(f"tasks/{(await response.json())['id']}")
    await expect(page.locator("h1.question")).to_have_text("Its capital?")
    await expect(page.locator(".message")).to_have_count(3)
    await expect(page.locator(".message").nth(2)).to_be_visible()
    await page.get_by_role("button", name="Edit and ask").click()
    await expect(page.locator("#options")).to_contain_text("2 earlier messages")
    await page.fill("#ask-prompt", "And its river?")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.locator("h1.question")).to_have_text("And its river?")
    stored = await site.service.store.load(site.service.bus.dispatched[-1])
    assert stored is not None
    assert [(m.role, m.content) for m in stored.task.messages] == [
        *said,
        ("user", "And its river?"),
    ]
    await context.close()


@pytest.mark.parametrize("width", [320, 1280])
async def test_twenty_long_answers_fit_the_window(site: Site, width: int) -> None:
    """What is cut for the eye is not laid out beside it: the page never scrolls sideways."""
    answers = [f"{letter * 40} {letter} and so on" for letter in "ABCDEFGHIJKLMNOPQRST"]
    task_id = await site.answered("Which?", answers)
    page = await site.open(f"tasks/{task_id}", width)
    await expect(page.locator(".lane")).to_have_count(20)
    assert await overflow(page) <= 0


async def test_a_long_tail_of_answers_is_folded(site: Site) -> None:
    """64 answers are not 64 rows: it says how many more there are, and opens by keyboard."""
    task_id = await site.answered("Which?", [f"Answer {number}" for number in range(64)])
    page = await site.open(f"tasks/{task_id}")
    rows = page.locator(".groups li")
    await expect(rows).to_have_count(8)
    fold = page.get_by_role("button", name="and 56 more answers, of 56 votes, 88% in all")
    await fold.focus()
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(64)
    fold = page.get_by_role("button", name="Fewer answers")
    await expect(fold).to_be_focused()
    await expect(fold).to_have_attribute("aria-expanded", "true")
    assert await faults(page) == []
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(8)
    await page.goto(f"{site.url}#/desk")
    await expect(page.locator(".rival")).to_have_count(4)
    await page.get_by_role("link", name="and 60 more answers").click()
    await expect(rows).to_have_count(8)


async def test_what_a_cut_off_call_leaves_of_the_cost(site: Site) -> None:
    """What the others told is the least that it cost; and why no more is known."""
    task_id = await site.ask()
    await site.moved(task_id, CallsBegun("holder", (0, 1)))
    await site.vote(task_id, "4")
    await site.moved(task_id, CancelRequested())
    page = await site.open(f"tasks/{task_id}")
    told = page.locator(".figures > div", has_text="Cost")
    await expect(told).to_contain_text("at least $0.001")
    await expect(told).to_contain_text("1 call cut off before telling a price")


async def test_charts_have_scales_and_are_told_as_tables(site: Site) -> None:
    """Each axis has its ends and their units; who cannot see it has a name and a table."""
    task_id = await site.answered("What is 2 + 2?", ["4", "4", "5", "4", "4"])
    page = await site.open(f"tasks/{task_id}")
    chart = page.locator(".chart")
    await expect(chart.locator(".scale span")).to_have_text(["100%", "50%", "0%"])
    await expect(chart.locator(".times span")).to_have_text(["vote 1", "vote 5"])
    await chart.get_by_text("As a table").click()
    last = chart.get_by_role("row").nth(3)  # of the head and three votes, two being agreed
    await expect(last).to_contain_text("3")
    await expect(last).to_contain_text("67%")
    await page.goto(f"{site.url}#/numbers")
    agreement = page.locator(".spark", has_text="Agreement")
    await expect(agreement.locator(".scale span")).to_have_text(["100%", "0%"])
    await expect(agreement.locator(".times span").first).not_to_be_empty()
    name = await agreement.get_by_role("img").get_attribute("aria-label")
    assert name
    assert re.fullmatch(r"Agreement: 80% on average, from .+ to .+; at most 80% in one", name)
    spend = page.locator(".spark", has_text="Spend")
    await expect(spend.locator(".scale span")).to_have_text(["$0.005", "$0"])
    await page.get_by_text("As a table").click()
    await expect(page.get_by_role("region", name="Over time")).to_contain_text("$0.005")
    assert await faults(page) == []


async def test_cancelling(site: Site) -> None:
    """An open task is cancelled, and says so in words; of votes that never came it says nothing."""
    task_id = await site.ask()
    page = await site.open(f"tasks/{task_id}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".answer h2")).to_have_text("Cancelled before it was settled")
    await expect(page.locator(".figures dt")).to_have_text(["Votes", "Cost", "Time"])
    await expect(page.locator(".groups, .chart")).to_have_count(0)


async def test_what_was_given_up_tells_no_agreement(site: Site) -> None:
    """Of a task cancelled after two votes, and of the plan while it is carried out."""
    task_id = await site.ask(min_votes=5, max_votes=5)
    await site.vote(task_id, "4", "4")
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator("#plan-title")).to_have_text("How it is being decided")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("#plan-title")).to_have_text("How it would have been decided")
    await expect(page.locator(".figures dt")).to_have_text(["Votes", "Cost", "Time"])
    await expect(page.locator(".groups li")).to_contain_text("2 votes")


async def test_a_cost_of_which_nothing_is_known_is_not_told(site: Site) -> None:
    """Calls that were cut off before they told anything make no "at least $0"."""
    task_id = await site.ask()
    await site.moved(task_id, CallsBegun("holder", (0, 1)))
    await site.moved(task_id, CancelRequested())
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".figures dt")).to_have_text(["Votes", "Time"])
    await expect(page.locator("main")).not_to_contain_text("at least")


async def test_hostile_answers_are_text(site: Site) -> None:
    """Markup, bidi overrides and escapes in question, answer, model's name and metadata."""
    answers = [HOSTILE, HOSTILE, HOSTILE]
    task_id = await site.answered(HOSTILE, answers, metadata={"a<b>": HOSTILE[:200]})
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".answer .said")).to_contain_text("<img src=x onerror=")
    await page.locator(".lane").first.click()
    await expect(page.locator("#ballot-0")).to_contain_text("<script>")
    assert await page.locator("main img, main script").count() == 0
    assert "owned" not in (await page.title()).split("<")[0]
    text = await page.evaluate("document.body.textContent")
    assert not set(text) & set("\u202e\u2066\x1b")
    for route in ("desk", ""):
        await page.goto(f"{site.url}#/{route}")
        await expect(page.locator("#tasks a")).to_have_count(1)
    assert await page.evaluate("document.querySelectorAll('img').length") == 0


async def test_a_long_answer_opens_on_demand(site: Site) -> None:
    """100 kB are readable, and do not fill the page before somebody asks."""
    long = "A line of an answer that goes on. " * 2_900
    task_id = await site.answered("Tell me all.", [long, long, long])
    page = await site.open(f"tasks/{task_id}", width=360)
    said = page.locator(".answer .said")
    await expect(said.get_by_role("button", name="Show all")).to_be_visible()
    assert len(await said.inner_text()) < 4_200
    await said.get_by_role("button", name="Show all").click()
    await expect(said.get_by_role("button", name="Show all")).to_have_count(0)
    assert len(await said.inner_text()) > 90_000
    assert await overflow(page) <= 0


@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_nothing_at_three_widths(site: Site, width: int) -> None:
    """Every page and state, light and dark: nothing serious, nothing beside the window."""
    agreed = await site.answered("What is 2 + 2?", ["4", "4", "5"])
    split = await site.answered("Tea or coffee?", ["Tea", "Coffee", "Coffee", "Tea"])
    many = await site.answered("Which of many?", [f"Answer {n % 9}" for n in range(64)])
    running = await site.ask("Still asked?", max_votes=5)
    await site.vote(running, "4")
    routes = ["", *(f"tasks/{task}" for task in (agreed, split, many, running))]
    routes += ["desk", "numbers", "workers"]
    for scheme in ("light", "dark"):
        page = await site.open(width=width, color_scheme=scheme)
        for route in routes:
            await page.goto(f"{site.url}#/{route}")
            await expect(page.locator("main")).not_to_contain_text("Loading")
            if route == f"tasks/{many}":
                await page.locator(".lane").nth(3).click()
                await expect(page.locator("#ballot-3 .note")).to_be_visible()
            assert await faults(page) == [], (route, scheme)
            assert await overflow(page) <= 0, route
        await page.close()


async def test_dialogs_keep_the_rules(site: Site) -> None:
    """A dialog is named, takes the focus, and gives it back."""
    task_id = await site.answered("What is 2 + 2?", ["4", "4", "4"])
    page = await site.open(f"tasks/{task_id}")
    for button in ("curl", "Python", "Events", "Keyboard shortcuts"):
        await page.get_by_role("button", name=button).focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog")).to_be_visible()
        assert await faults(page) == []
        if button != "Keyboard shortcuts":  # what is to be copied shows its beginning
            place = "(area) => [area.scrollTop, area.scrollLeft]"
            assert await page.locator("#copied").evaluate(place) == [0, 0]
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_be_hidden()
        await expect(page.get_by_role("button", name=button)).to_be_focused()


async def test_a_hidden_tab_costs_nothing(site: Site) -> None:
    """While nobody looks there is no stream and no request; on coming back the list is loaded."""
    page = await site.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    hide = """(hidden) => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await page.evaluate(hide, True)
    await page.wait_for_timeout(3500)
    assert asked == []
    await site.ask("While you were away?")
    await page.evaluate(hide, False)
    await expect(page.locator("#tasks .asked")).to_have_text(["While you were away?"])


async def test_an_idle_tab_asks_for_nothing(site: Site) -> None:
    """Seen but idle, it has one stream open and sends nothing."""
    await site.answered("What is 2 + 2?", ["4", "4", "4"])
    page = await site.open()
    await expect(page.locator("#tasks a")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.wait_for_timeout(4000)
    assert asked == []


async def test_without_javascript_a_sentence(site: Site) -> None:
    """The page says what it needs, and where the same is to be had."""
    context = await site.browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.url)
    await expect(page.locator(".noscript")).to_contain_text("needs JavaScript")


async def test_a_key_is_asked_for_once_a_session(keyed: Site) -> None:
    """In a person's words; every tab has it, and loses it on signing out of one."""
    page = await keyed.open()
    await expect(page.locator("#key-told")).to_contain_text("asks for an API key")
    await page.get_by_label("API key").fill("a-key")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.locator(".list .note")).to_have_text("Nothing asked yet.")
    second = await page.context.new_page()
    await second.goto(keyed.url)
    await expect(second.get_by_role("button", name="Sign out")).to_be_visible()
    await expect(second.locator(".list .note")).to_have_text("Nothing asked yet.")
    await second.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("API key")).to_be_visible()
    assert await page.evaluate("sessionStorage.getItem('key')") is None
    assert await page.evaluate("localStorage.getItem('key')") is None
    keyed.complaints.clear()  # the browser tells of every 401


async def test_a_wrong_key_is_told_as_wrong(keyed: Site) -> None:
    """It says once that the key is not accepted, keeps none of it, and takes another."""
    page = await keyed.open()
    await page.fill("#key", "a-kee")
    await page.keyboard.press("Enter")
    await expect(page.locator("#key-told")).to_contain_text("This key is not accepted.")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.locator(".list")).not_to_contain_text("Nothing asked yet")
    await expect(page.locator("#key")).to_be_focused()
    await expect(page.locator("#key")).to_have_attribute("aria-invalid", "true")
    assert await page.evaluate("sessionStorage.getItem('key')") is None
    assert await faults(page) == []
    await page.keyboard.type("a-key")  # over what was wrong, which is selected
    await page.keyboard.press("Enter")
    await expect(page.locator("#key")).to_have_count(0)
    await expect(page.locator(".list .note")).to_have_text("Nothing asked yet.")
    await page.evaluate("sessionStorage.setItem('key', 'revoked')")
    await page.reload()
    await expect(page.locator("#key-told")).to_contain_text("Your API key is not accepted.")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.locator("#key")).to_be_visible()
    keyed.complaints.clear()  # the browser tells of every 401


async def test_a_task_that_is_not_there(keyed: Site) -> None:
    """A link to nothing says what may have become of it, and leads on: to the list, another key."""
    page = await keyed.open("tasks/unknown")
    await page.fill("#key", "a-key")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("There is no such task here")
    await expect(page).to_have_title("No such task · Consensus")
    await expect(page.locator("main li")).to_have_count(3)
    assert await faults(page) == []
    await page.get_by_role("button", name="use another key").click()
    await expect(page.locator("#key")).to_be_focused()
    await page.get_by_role("link", name="Your tasks").click()
    await expect(page.locator("#ask")).to_be_visible()
    keyed.complaints.clear()  # the browser tells of every 401 and 404


@pytest.mark.parametrize("route", ["zzz", "desks", "toString"])
async def test_a_page_that_is_not_there(site: Site, route: str) -> None:
    """It says so, lights no tab, and leads on; what stands in half an address is no error."""
    page = await site.open(route)
    await expect(page.locator("h1")).to_have_text("There is no such page")
    await expect(page.locator("main code")).to_have_text(f"#/{route}")
    await expect(page).to_have_title("No such page · Consensus")
    await expect(page.locator("nav [aria-current]")).to_have_count(0)
    assert await faults(page) == []
    await page.locator("main").get_by_role("link", name="Desk").click()
    await expect(page.locator("h1")).to_have_text("Desk")


async def test_half_an_address_is_a_task_that_is_not_there(site: Site) -> None:
    """An escape that was cut off does not stop the page."""
    page = await site.open("tasks/%E2%82")
    await expect(page.locator("h1")).to_have_text("There is no such task here")
    site.complaints.clear()  # the browser tells of every 404


async def test_the_content_is_reached_without_leaving_the_page(site: Site) -> None:
    """The link that skips the list keeps the address of the task."""
    task_id = await site.answered("What is 2 + 2?", ["4", "4", "4"])
    page = await site.open(f"tasks/{task_id}")
    await page.get_by_role("link", name="Skip to the content").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()
    await expect(page.locator("h1.question")).to_have_text("What is 2 + 2?")
    assert page.url.endswith(f"#/tasks/{task_id}")


async def test_an_erased_task(site: Site) -> None:
    """A link to what its owner had erased says that it was, and leads to the list."""
    task_id = await site.answered("What is 2 + 2?", ["4", "4", "4"])
    await site.service.aggregate.erase(task_id, "local")
    page = await site.open(f"tasks/{task_id}", width=360)
    await expect(page.locator("h1")).to_have_text("This task was erased")
    await page.get_by_role("link", name="Your tasks").click()
    await expect(page.locator("#ask")).to_be_visible()
    site.complaints.clear()  # the browser tells of every 410


@pytest.mark.parametrize("width", [320, 360, 481, 768])
async def test_every_page_can_be_reached_on_a_phone(keyed: Site, width: int) -> None:
    """No link of the navigation is cut, though a key is set and its button stands beside it."""
    page = await keyed.open("", width)
    await page.fill("#key", "a-key")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    pages = page.get_by_role("navigation", name="Pages")
    assert await pages.evaluate("(nav) => nav.scrollWidth - nav.clientWidth") <= 0
    for place in (pages.get_by_role("link"), page.locator(".tools button")):
        for one in await place.all():
            box = await one.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert await overflow(page) <= 0
    keyed.complaints.clear()  # the browser tells of every 401


async def test_the_theme_is_kept(site: Site) -> None:
    """Light or dark against the system's, until it is turned again."""
    page = await site.open(color_scheme="light")
    await page.get_by_role("button", name="Theme").click()
    await page.get_by_role("button", name="Theme").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_figures_read_as_on_the_terminal(site: Site) -> None:
    """One way of telling a share, in Python and in the page."""
    page = await site.open()
    values = [0, 1, 0.5, 0.875, 0.125, 0.625, 0.9961, 0.0042, 0.99999, 0.00001, 0.63, 0.29]
    script = "(values) => import('./dashboard/words.js').then((w) => values.map(w.percent))"
    assert await page.evaluate(script, values) == [figures.percent(value) for value in values]


async def test_an_answer_with_parts_is_told_part_by_part(site: Site) -> None:
    """JSON is laid out, and each field has its agreement and its dissent."""
    fields = '{"name": "Ada", "born": 1815}', '{"name": "Ada", "born": 1816}'
    votes = [fields[0], fields[0], fields[1]]
    wanted = {"type": "json_object"}
    task_id = await site.answered("Who?", votes, strategy="structured", response_format=wanted)
    page = await site.open(f"tasks/{task_id}", width=360)
    await expect(page.locator(".answer pre")).to_contain_text('"born": 1815')
    row = page.locator(".parts tr", has_text="/born")
    await expect(row).to_contain_text("1815")
    await expect(row).to_contain_text("1816")
    assert await faults(page) == []
    assert await overflow(page) <= 0
    await page.get_by_role("button", name="Edit and ask").click()
    await expect(page.locator("#options")).to_contain_text("keep the format")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.locator("h1.question")).to_have_text("Who?")
    again = await site.service.store.load(site.service.bus.dispatched[-1])
    assert again
    assert again.task.plan.format


async def test_whole_answers_of_parts_stand_under_no_line(site: Site) -> None:
    """Where fields or sentences are agreed, a whole answer's share is measured by nothing."""
    people = [f'{{"name": "Ada", "born": {1810 + n}}}' for n in range(3)]
    texts = [f"Tea is hot. It has {word} colour." for word in ("a green", "a red", "no")]
    for strategy, votes in (("structured", people), ("text", texts)):
        task_id = await site.answered("Who?", votes, strategy=strategy)
        page = await site.open(f"tasks/{task_id}")
        await expect(page.locator(".groups li")).to_have_count(3)
        await expect(page.locator(".groups .mark")).to_have_count(0)
        await expect(page.locator(".two .note").first).to_contain_text("These are whole")
        await expect(page.locator(".answer .lead")).to_have_count(0)
        await page.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
async def test_parts_are_read_at_any_width(site: Site, width: int) -> None:
    """Each field's agreement and dissent are in sight: nothing is to be scrolled to."""
    told = '{{"a_rather_long_name_of_a_field": "{}", "born": 1815}}'
    votes = [told.format("Ada, Countess of Lovelace"), told.format("Augusta Ada Byron")]
    task_id = await site.answered("Who?", [votes[0], *votes], strategy="structured")
    page = await site.open(f"tasks/{task_id}", width)
    region = page.get_by_role("region", name="Field by field")
    await expect(region.get_by_role("row")).to_have_count(3)
    assert await region.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    name = region.get_by_role("rowheader").first  # is broken rather than run into its share
    assert await name.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    for cell in (region.locator("td.share").first, region.locator(".dissent").first):
        box = await cell.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert await faults(page) == []


async def test_following_reads_the_task_once_a_wave(site: Site) -> None:
    """Votes come over the stream; the task itself is read when it is opened, and with a wave."""
    task_id = await site.ask(max_votes=15)
    page = await site.open(f"tasks/{task_id}")
    await expect(page.locator(".lanes li")).to_have_count(4)
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url))
    await site.vote(task_id, "4", "5", "4")
    await expect(page.locator(".groups li")).to_have_count(2)
    await expect(page.locator(".figures")).to_contain_text("$0.003")
    assert read == []
    await site.vote(task_id, "5", first=3)
    await expect(page.locator(".lanes li[data-wave]")).to_have_count(1)
    assert [url.rsplit("/", 1)[1] for url in read] == [task_id]
