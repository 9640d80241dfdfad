"""The seats that one holder has opened: each ends with a ballot, slow ones by a second call.

opened ── a worker takes it ── vote | abstention
              │ lost, full: another worker, after a pause
              │ far slower than its wave: a second call beside the first; one vote ends both
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from consensus.core.answers import BALLOTS
from consensus.core.deadlines import calls_end
from consensus.core.errors import TransientError, WorkerUnavailable
from consensus.core.hedging import hedge_after
from consensus.core.model import Abstention, AbstentionReason, Ballot, Task, Vote
from consensus.core.panel import Panel
from consensus.ports import Clock, EventBus, SeatCall, SeatStage, TaskStore, WorkerPool
from consensus.usecases.publishing import try_to_publish

log = logging.getLogger(__name__)

MAX_CALLS_PER_SEAT = 3  # calls that workers may begin for a seat, the hedge among them
TELL_AFTER = 0.25  # seconds from a wave's first call until it is written down
RECEIPTS_WITHIN = 0.5  # seconds after the task's end
LONGEST_BACKOFF = 2.0  # seconds; a place that comes free is not left empty for long


@dataclass(slots=True)
class _Wave:
    """Seats opened together, and how fast their votes came."""

    seats: int
    took: list[float] = field(default_factory=list)  # seconds
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def straggles_after(self) -> float | None:
        """Seconds after which a seat is far slower than the others; None while none can tell."""
        return hedge_after(self.took, self.seats)

    def tell(self) -> None:
        """Wake those who wait for a change, once there is something that they may do."""
        if self.straggles_after is not None:
            self.changed.set()
            self.changed = asyncio.Event()


@dataclass(slots=True)
class _Seat:
    """One seat in the works. began: when the worker that has it took it, None while none has.

    started counts the calls that workers began, and the second call from when it is granted;
    refusal is what the last worker said that did not take it; barred: any other would say the same.
    """

    call: SeatCall
    wave: _Wave
    started: int = 0
    began: datetime | None = None
    hedged: bool = False
    refusal: str = "no worker was asked"
    barred: bool = False


@dataclass(slots=True)
class Seats:
    """Opens each seat once. may_hedge grants a straggler its second call; None: there are none."""

    store: TaskStore
    bus: EventBus
    pool: WorkerPool
    clock: Clock
    jitter: Callable[[], float]
    panel: Panel
    task: Task
    calls_begun: Callable[[Collection[int]], Awaitable[None]]
    call_lost: Callable[[int | None], Awaitable[None]]
    may_hedge: Callable[[int], Awaitable[bool]] | None = None
    _opened: set[int] = field(init=False)
    _asking: list[asyncio.Task[None]] = field(default_factory=list, init=False)
    _tellers: list[asyncio.Task[None]] = field(default_factory=list, init=False)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _begun: set[int] = field(default_factory=set, init=False)  # and not told of yet

    def __post_init__(self) -> None:
        self._opened = {r.ballot.seat for r in self.task.ballots}

    def has_opened(self, asked: int) -> bool:
        """Whether all of so many seats are open."""
        return self._opened.issuperset(range(asked))

    def open_up_to(
        self, asked: int, silent: Collection[str] = (), spend_usd: float | None = None
    ) -> None:
        """Open the seats that were asked and are not open yet; together they are a wave.

        Those of silent voters are dealt to others; each may spend so much.
        """
        fresh = sorted(set(range(asked)) - self._opened)
        wave = _Wave(len(fresh))
        for number in fresh:
            self._opened.add(number)
            seat = _Seat(replace(self._call(number, silent), spend_usd=spend_usd), wave)
            self._asking.append(asyncio.create_task(self._take(seat)))

    async def receipts(self) -> None:
        """Let calls end by themselves whose ballots are all in: their receipts are on the way."""
        if self._asking:
            await asyncio.wait(self._asking, timeout=RECEIPTS_WITHIN)

    async def close(self) -> None:
        """Cancel every call still running, through to the model."""
        await _end([*self._asking, *self._tellers])
        self._asking.clear()  # they know of this one, and only a look for garbage would part them
        self._tellers.clear()

    def _call(self, number: int, silent: Collection[str]) -> SeatCall:
        task = self.task
        return SeatCall(
            task_id=task.id,
            seat=number,
            voter=self.panel.deal(task.id, number, silent),
            messages=task.messages,
            strategy=task.plan.strategy,
            deadline=task.deadline,
            traceparent=task.traceparent,
            ballots=BALLOTS,
            format=task.plan.format,
            owner=task.owner,
            created_at=task.created_at,
        )

    async def _take(self, seat: _Seat) -> None:
        """Bring the seat to its ballot, also where that fails in a way that nobody foresaw."""
        try:
            await self._both_calls(seat)
        except Exception:
            log.exception("a seat failed", extra=_named(seat.call))
            await self._abstain(seat)

    async def _both_calls(self, seat: _Seat) -> None:
        """Ask, and ask again where it straggles; a vote of either call ends the other."""
        asking = asyncio.create_task(self._ask(seat))
        hedging = asyncio.create_task(self._hedge(seat))
        running = {asking, hedging}
        try:
            while running:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                voted = any(call.result() for call in done)
                if voted or (asking.done() and not seat.hedged):
                    return
        finally:
            await _end([asking, hedging])

    async def _ask(self, seat: _Seat) -> bool:
        """Over as many workers as it takes; else abstain for it. Whether there is a vote."""
        attempt = 0
        # Another call may bring its ballot: one whose receipt was lost, or an earlier holder's.
        others = bool(self.task.uncertain) or seat.call.seat in self.task.orphaned
        while seat.started < MAX_CALLS_PER_SEAT and self._in_time():
            began, stage = await self._try_worker(seat)
            if stage is not None:
                return stage is SeatStage.COMPLETED
            if seat.barred:
                break
            others = others or began
            if others and (ballot := await self._ballot_of(seat)):
                return isinstance(ballot, Vote)
            await self._back_off(attempt)
            attempt += 1
        await self._abstain(seat)
        return False

    async def _hedge(self, seat: _Seat) -> bool:
        """Ask a straggler a second time, once. Whether that brought a vote."""
        if self.may_hedge is None:
            return False
        await self._until_straggling(seat)
        if seat.started >= MAX_CALLS_PER_SEAT:
            return False
        seat.started += 1  # kept for it, so that the first call's successors do not take it
        if not await self.may_hedge(seat.call.seat):
            seat.started -= 1
            return False
        seat.hedged = True
        log.info("asking a straggler again", extra=_named(seat.call))
        attempt = 0
        while self._in_time():
            began, stage = await self._try_worker(seat, hedge=True)
            if began:
                return stage is SeatStage.COMPLETED
            await self._back_off(attempt)
            attempt += 1
        return False

    async def _back_off(self, attempt: int) -> None:
        """A full or absent worker costs nothing, so it may be asked until time is up."""
        await self.clock.sleep(self.jitter() * min(LONGEST_BACKOFF, 0.1 * 2**attempt))

    async def _until_straggling(self, seat: _Seat) -> None:
        """Wait until the seat has left the pack of its wave, however the pack moves meanwhile."""
        while True:
            changed = seat.wave.changed
            after = seat.wave.straggles_after
            if after is None or seat.began is None:
                await changed.wait()
                continue
            due = seat.began + timedelta(seconds=after)
            left = (due - self.clock.now()).total_seconds()
            if left <= 0:
                return
            await self.clock.sleep(left)

    async def _try_worker(
        self, seat: _Seat, *, hedge: bool = False
    ) -> tuple[bool, SeatStage | None]:
        """Whether a worker began with the seat, and its receipt where there was one."""
        began: datetime | None = None
        try:
            async with aclosing(self.pool.process(seat.call)) as updates:
                async for update in updates:
                    if began is None:
                        began = self._begin(seat, hedge=hedge)
                    if update.stage in (SeatStage.COMPLETED, SeatStage.ABSTAINED):
                        if update.stage is SeatStage.COMPLETED:
                            took = self.clock.now() - began
                            seat.wave.took.append(took.total_seconds())
                            seat.wave.tell()
                        return True, update.stage
        except WorkerUnavailable as error:
            # A full worker costs nothing, and is asked again and again: not worth a line each time.
            level = logging.DEBUG if began is None else logging.INFO
            if began is None:
                seat.refusal = str(error)
                seat.barred = not error.heals
            log.log(level, "no receipt: %s", error, extra=_named(seat.call))
        if began is not None and not hedge:
            seat.began = None
            await self._tell_lost(seat.call.seat)
        return began is not None, None

    def _begin(self, seat: _Seat, *, hedge: bool) -> datetime:
        now = self.clock.now()
        if not hedge:
            seat.started += 1
            seat.began = now
            seat.wave.tell()
            if not self._begun:
                self._tellers.append(asyncio.create_task(self._tell_begun()))
            self._begun.add(seat.call.seat)
        return now

    async def _tell_begun(self) -> None:
        """Together; of those that are over by then their ballots have told what they cost."""
        await asyncio.sleep(TELL_AFTER)
        async with self._telling:
            begun, self._begun = self._begun, set()
            if begun:
                await self.calls_begun(begun)

    async def _tell_lost(self, number: int) -> None:
        """After its beginning, never before: what was not told to begin is not lost."""
        async with self._telling:
            if number in self._begun:
                self._begun.discard(number)
                await self.calls_begun({number})
            await self.call_lost(number)

    async def _ballot_of(self, seat: _Seat) -> Ballot | None:
        try:
            stored = await self.store.load(seat.call.task_id)
        except TransientError:
            return None
        ballots = (r.ballot for r in stored.task.ballots) if stored else ()
        return next((b for b in ballots if b.seat == seat.call.seat), None)

    async def _abstain(self, seat: _Seat) -> None:
        # Calls that were lost are counted in the task already, each when it was lost.
        started, call = seat.started, seat.call
        workers = "1 worker was" if started == 1 else f"{started} workers were"
        detail = f"{workers} lost with this seat" if started else f"not taken: {seat.refusal}"
        log.warning("no vote: %s", detail, extra=_named(call))
        lost = Abstention(call.seat, AbstentionReason.WORKER_LOST, detail, call.voter)
        published = await try_to_publish(
            lambda: self.bus.ballot(call.task_id, lost, call.traceparent),
            self.clock,
            self.jitter,
            _named(call),
        )
        if not published:
            log.warning("a seat stays missing: publishing failed", extra=_named(call))

    def _in_time(self) -> bool:
        return self.clock.now() < calls_end(self.task.deadline)


def _named(call: SeatCall) -> dict[str, object]:
    """The seat, for the log."""
    return {"task_id": call.task_id, "seat": call.seat, "voter": call.voter}


Ended = TypeVar("Ended")


async def _end(running: Sequence[asyncio.Task[Ended]]) -> None:
    """Cancel them, and wait until they have ended."""
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
