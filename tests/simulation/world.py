"""A simulated world for the real use cases: its time, its processes, and what outlives them.

Processes are the deployables: one a POST, one a push delivery, one a worker's stream, one a sweep.
Each has its own clock. Every port call is a point at which its process may be slow, stand still or
die; what a dead process still tries to do through a port fails, as it would.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

from consensus.core.errors import Conflict, TransientError
from consensus.core.model import (
    Ballot,
    Feedback,
    Notice,
    NoticeKind,
    Recorded,
    State,
    Strategy,
    Subscriber,
    Task,
    Verdict,
    VoterWeight,
)
from consensus.core.panel import Panel, Voter
from consensus.core.reliability import HEAVIEST, LIGHTEST
from consensus.ports import Claim, Erased, Rejection
from consensus.usecases.turns import Turns
from tests.simulation.faults import Faults
from tests.simulation.invariants import promise
from tests.simulation.loop import SimulatedLoop
from tests.simulation.places import WatchedPlaces

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MOST_VOTERS = 4
POWERS = (0.001, 0.3, 1.0, 1.0, 2.0, 100.0)
LATENCY, SLOW, LONGEST_FREEZE, LONGEST_OUTAGE = 0.05, 3.0, 60.0, 45.0  # seconds
MANY = 10_000
SUBSCRIBERS = (Subscriber("all"), Subscriber("desk", (NoticeKind.UNSETTLED,)))
SUBSCRIBED_EVERY = 3  # of so many worlds one has subscribers
SHARED_EVERY = 2  # of so many worlds one has ballots meet in an aggregator's memory
SCARCE_EVERY = 5  # of so many worlds one has few places at workers, which all holders share
LOOKED_BACK_EVERY = 4  # of so many worlds one has owners who judge and erase their tasks
LOOKS_OF_A_SWEEP = ("open_tasks", "due_notices")  # of all tasks; one that fails ends the sweep
MISLED_EVERY = 11  # of so many worlds one has a voter whose model refuses every call
TASKS, MANY_TASKS, CROWDED_EVERY = 3, 30, 60  # a world; each so many worlds is crowded


class Crash(BaseException):
    """The process died here."""


@dataclass(slots=True)
class Topic:
    """A push subscription: so many deliveries at once, the others wait."""

    window: int
    outstanding: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def enter(self, loop: SimulatedLoop) -> None:
        """Wait for a place."""
        if self.outstanding >= self.window:
            place: asyncio.Future[None] = loop.create_future()
            self.waiting.append(place)
            await place
        else:
            self.outstanding += 1

    def leave(self) -> None:
        """Give the place to whoever has waited longest."""
        if self.waiting:
            self.waiting.popleft().set_result(None)
        else:
            self.outstanding -= 1


@dataclass(slots=True)
class Saying:
    """What an owner said of an answer, and whether the service said that it is kept."""

    answer: str
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Grave:
    """Where a task was: its tombstone, itself as it was, and when it was erased."""

    tombstone: Erased
    task: Task
    at: float


@dataclass(slots=True)
class World:
    """All that outlives a process, and the account of what happened. told is None: no story."""

    seed: int
    told: list[str] | None = None
    chance: random.Random = field(init=False)
    loop: SimulatedLoop = field(init=False)
    faults: Faults = field(init=False)
    panel: Panel = field(init=False)
    learned: tuple[VoterWeight, ...] = field(init=False)
    price: float | None = field(init=False)  # dollars a model call; None: nobody knows
    budget: float | None = field(init=False)
    cap: int | None = field(init=False)  # open tasks an owner may have
    strategy: Strategy = field(init=False)
    adjudications: int = field(init=False)  # pairs of answers that a model may be asked about
    queued: bool = field(init=False)  # dispatches go through a task queue, with a timer each
    places: WatchedPlaces | None = field(init=False)  # None: nobody knows how many there are
    timers: set[str] = field(default_factory=set)  # names of timers that were set
    outages: list[tuple[float, float]] = field(default_factory=list)
    topics: dict[str, Topic] = field(default_factory=dict)
    is_over: bool = False
    broken: list[AssertionError] = field(default_factory=list)
    # The store.
    tasks: dict[str, tuple[Task, int]] = field(default_factory=dict)
    claims: dict[str, tuple[Claim, str]] = field(default_factory=dict)
    late: dict[tuple[str, int], Recorded] = field(default_factory=dict)
    rejected: dict[str, Rejection] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    feedback: dict[str, Feedback] = field(default_factory=dict)
    erased: dict[str, Grave] = field(default_factory=dict)
    watchers: defaultdict[str, list[asyncio.Future[None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # What the checks need to know besides.
    said: defaultdict[str, list[Saying]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)  # tasks whose owners were told that they are erased
    heard: Counter[str] = field(default_factory=Counter)  # notices that subscribers took in
    accepted: list[tuple[int, str]] = field(default_factory=list)  # client, task
    acknowledged: list[tuple[str, Ballot, str]] = field(default_factory=list)
    decided: list[tuple[str, Verdict, str]] = field(default_factory=list)  # acknowledged
    turns: Turns = field(default_factory=Turns)  # of ballots, where they meet in memory
    dead_letters: list[str] = field(default_factory=list)
    creating: Counter[str] = field(default_factory=Counter)
    sweeps_sent: Counter[str] = field(default_factory=Counter)  # for a holder of the task
    untold: Counter[str] = field(default_factory=Counter)  # by task, calls it was not told of
    hindered: Counter[str] = field(default_factory=Counter)  # tasks whose dispatches failed
    holders: Counter[str] = field(default_factory=Counter)
    holding: dict[str, Process] = field(default_factory=dict)  # by the id under which it holds
    sent_for: set[str] = field(default_factory=set)  # holders who are to be replaced
    left: dict[str, tuple[float, int]] = field(default_factory=dict)  # since when, after what
    acknowledged_for_all: set[str] = field(default_factory=set)  # messages
    begun: Counter[tuple[str, str]] = field(default_factory=Counter)  # task, seat or doubt
    hedged: defaultdict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )  # by task, the holders and seats of second calls
    granted: defaultdict[str, list[frozenset[int]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by task, for each second call that was granted the seats that had ballots
    told_off: dict[tuple[str, int], float] = field(default_factory=dict)  # holder, seat
    paces: defaultdict[tuple[str, int], list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by holder and wave: when each vote's receipt came, and after how long
    receipts: dict[tuple[str, str], float] = field(default_factory=dict)  # of votes: holder, seat
    lost_seats: defaultdict[tuple[str, str], defaultdict[int, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )  # by holder and task, when calls of a seat were lost
    given_up: set[tuple[str, str, int]] = field(default_factory=set)  # holder, task, seat
    unheard: Counter[str] = field(default_factory=Counter)  # lost calls whose ballots were out
    begun_at: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost_at: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cancelling: set[str] = field(default_factory=set)  # tasks that their owners cancelled
    voted_at: dict[tuple[str, int], float] = field(default_factory=dict)
    full_at: dict[str, float] = field(default_factory=dict)  # when an owner last had all it may
    hedges: dict[str, tuple[str, int]] = field(default_factory=dict)  # worker, its task and seat
    closed_by: dict[str, tuple[str, float]] = field(default_factory=dict)  # kind, when
    newest: dict[str, int] = field(default_factory=dict)  # message of a task's that was handled
    poison: set[int] = field(default_factory=set)  # numbers of poisoned messages on their way
    lost_sweeps: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    ids: int = 0

    def __post_init__(self) -> None:
        self.chance = chance = random.Random(self.seed)
        self.loop = SimulatedLoop(chance)  # type: ignore[abstract]
        self.faults = Faults.drawn(chance)
        self.panel = self._panel()
        self.learned = self._learned()
        self.price = chance.choice((0.01, 0.01, None))
        self.budget = chance.choice((None, None, None, 0.03))
        self.cap = chance.choice((None, None, None, 2))
        if self.cap is not None and self.size > TASKS:
            self.cap = chance.choice((3, 7))
        self.adjudications = chance.choice((0, 0, 0, 2))
        whole = Strategy.SEMANTIC if self.adjudications else Strategy.EXACT
        self.strategy = chance.choice((whole, whole, Strategy.STRUCTURED, Strategy.TEXT))
        narrow, held = chance.choice((2, 5, MANY)), chance.choice((1, MANY, MANY, MANY))
        windows = {"ballot": narrow, "deadline": narrow, "notice": narrow, "dispatch": held}
        self.topics = {kind: Topic(window) for kind, window in windows.items()}
        self.queued = chance.choice((False, True))
        scarce = self.seed % SCARCE_EVERY == SCARCE_EVERY - 1
        self.places = WatchedPlaces(self, EPOCH) if scarce else None
        if self.happens(self.faults.outage):
            begins = chance.random() * 60
            self.outages.append((begins, begins + chance.random() * LONGEST_OUTAGE))

    def _panel(self) -> Panel:
        """One voter, or some whose powers have nothing to do with each other."""
        chance = self.chance
        voters = chance.choice((1, 1, *range(2, MOST_VOTERS + 1)))
        if voters == 1:
            return Panel()
        return Panel(tuple(Voter(f"v{n}", power=chance.choice(POWERS)) for n in range(voters)))

    def _learned(self) -> tuple[VoterWeight, ...]:
        """What earlier tasks taught of some of the voters, in some worlds."""
        chance = self.chance
        if chance.random() < 0.5:
            return ()
        return tuple(
            VoterWeight(voter.name, round(chance.uniform(LIGHTEST, HEAVIEST), 3))
            for voter in self.panel.voters
            if chance.random() < 0.8
        )

    @property
    def is_quiet(self) -> bool:
        """Whether every task is DONE, all are told, and nothing is under way."""
        done = all(t.state is State.DONE for t, _ in self.tasks.values())
        return done and not self.running and not self.notices

    def calm_down(self) -> None:
        """From now on nothing goes wrong any more; clocks stay as wrong as they are."""
        self.faults = Faults(skew=self.faults.skew, tick=self.faults.tick)
        self.outages.clear()

    def note_room(self, owner: str) -> int:
        """How many tasks the owner has open; remembers when they were all that it may have."""
        still = sum(t.owner == owner and t.state is not State.DONE for t, _ in self.tasks.values())
        if self.cap is not None and still >= self.cap:
            self.full_at[owner] = self.loop.now
        return still

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        """Who is told of tasks' ends."""
        return () if self.seed % SUBSCRIBED_EVERY else SUBSCRIBERS

    @property
    def shares_memory(self) -> bool:
        """Whether deliveries of ballots go to one aggregator; else to one of its own each."""
        return self.seed % SHARED_EVERY == 0

    @property
    def looks_back(self) -> bool:
        """Whether owners judge and erase their tasks."""
        return self.seed % LOOKED_BACK_EVERY == 1

    def refuses(self, voter: str) -> bool:
        """Whether a voter's model refuses all it is asked: one of a panel's, in some worlds."""
        voters = self.panel.voters
        misled = self.seed % MISLED_EVERY == MISLED_EVERY - 1 and len(voters) > 1
        return misled and voter == voters[0].name

    def task(self, task_id: str) -> Task:
        """The task as it is stored, or as it was when it was erased."""
        return self.tasks[task_id][0] if task_id in self.tasks else self.erased[task_id].task

    @property
    def size(self) -> int:
        """How many tasks come: few, and now and then many."""
        return MANY_TASKS if self.seed % CROWDED_EVERY == CROWDED_EVERY - 1 else TASKS

    def new_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def happens(self, probability: float) -> bool:
        return probability > 0.0 and self.chance.random() < probability

    def jitter(self) -> float:
        return self.chance.random()

    def span(self, longest: float) -> float:
        """Seconds from nothing to the longest; whole ticks in worlds whose time has them."""
        return self.whole(self.chance.random() * longest)

    def whole(self, seconds: float) -> float:
        """That long, or to the next tick."""
        tick = self.faults.tick
        return ceil(seconds / tick) * tick if tick else seconds

    def hindrances(self, task_id: str) -> int:
        """What may have kept a holder from the task so far."""
        still = self.seen["a process stood still"]
        return self.hindered[task_id] + self.lost_sweeps + still

    def is_away(self) -> bool:
        """Whether the store is in an outage."""
        now = self.loop.now
        return any(begins <= now < ends for begins, ends in self.outages)

    def check(self, promised: Callable[..., None], *args: object) -> None:
        """Check something; that it broke is remembered, whoever catches the exception."""
        try:
            promised(*args)
        except AssertionError as error:
            self.broken.append(error)
            raise

    def tell(self, line: str) -> None:
        """Add a line to the story, where there is one."""
        if self.told is not None:
            self.told.append(f"{self.loop.now:9.3f}  {line}")

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Let something run beside everything else."""
        task = self.loop.create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)


@dataclass(slots=True, eq=False)
class Process:
    """One life of a deployable: its clock, and the points at which it may die.

    kind is what it was started for. holder is the id under which it holds a task, or for a worker
    that of whoever called it; superseded_at the moment at which it was told of another holder.
    """

    world: World
    kind: str
    holder: str = ""
    name: str = field(init=False)
    dead: bool = False
    hurt: bool = False  # something that it needed failed
    froze: bool = False  # it ever stood still
    rang: bool = False  # it said that a task's time is up
    begun: bool = False  # of a worker: it took its seat
    answered: bool = False  # the model gave it an answer
    published: bool = False  # it brought in the seat's ballot, or the verdicts
    unpublished: int = 0  # publishes that failed
    doing: str = ""  # the last step it took
    took: float = 0.0  # when it last took a task, or a worker its seat
    began: datetime = EPOCH  # by its own clock
    held: bool = False  # it ended while it held an open task
    frozen_until: float = 0.0
    skew: timedelta = timedelta()
    main: asyncio.Task[object] | None = None
    superseded_at: float | None = None
    loaded: dict[str, float] = field(default_factory=dict)  # when it last found a task
    calls: list[str] = field(default_factory=list)  # the seats and doubts of its open streams
    aborts: int = 0  # in a row

    def __post_init__(self) -> None:
        world = self.world
        self.name = f"{self.kind}#{world.new_id()}"
        if limit := world.faults.skew:
            self.skew = timedelta(seconds=world.whole(world.chance.uniform(-limit, limit - 0.25)))
        self.began = self.now()

    async def run(self, body: Callable[[Process], Awaitable[None]]) -> bool:
        """Live, in the current asyncio task; whether the body came to its end."""
        self.main = asyncio.current_task()
        try:
            await body(self)
        except TransientError as error:
            name = "I9: contention alone sends no message back"
            self.world.check(promise, not isinstance(error, Conflict), name, self.name)
            alone = self.kind != "sweep" or self.doing in LOOKS_OF_A_SWEEP
            name = "L1: a task that cannot be moved keeps no sweep from the others"
            self.world.check(promise, alone, name, self.name)
            self.hurt = True
            self.world.tell(f"{self.name} gives up: {error}")
            return False
        except (Crash, asyncio.CancelledError):
            self.hurt = True
            self.world.seen["a process died"] += 1
            return False
        else:
            return True
        finally:
            self.dead = True
            self._leave()

    def _leave(self) -> None:
        """Note which task has nobody from now on."""
        world = self.world
        held = (t for t, _ in world.tasks.values() if self.holder and t.holder == self.holder)
        for task in held:
            if self.kind == "dispatch" and task.state is not State.DONE:
                self.held = True
                world.left[task.id] = (world.loop.now, world.hindrances(task.id))
                gone = task.dispatch in world.acknowledged_for_all
                world.seen["a holder died whose message was acknowledged"] += gone

    async def step(self, what: str) -> None:
        """A point between two steps: time may pass, and the process may die."""
        world, faults = self.world, self.world.faults
        self.doing = what
        if self.dead or world.is_over:
            raise Crash(what)
        if world.happens(faults.frozen):
            self.frozen_until = world.loop.now + world.span(LONGEST_FREEZE)
            self.froze = True
            world.seen["a process stood still"] += 1
            world.tell(f"{self.name} stands still until {self.frozen_until:.3f}")
        pause = max(self._pause(), self.frozen_until - world.loop.now)
        if pause > 0.0:
            await world.loop.sleep(pause)
            if self.dead or world.is_over:
                raise Crash(what)
        if world.happens(faults.crash):
            self.crash(what)

    def _pause(self) -> float:
        world = self.world
        if world.happens(world.faults.slow):
            return world.span(SLOW)
        drawn = world.chance.random()
        if drawn < 0.5:
            return 0.0
        return world.faults.tick or (2 * drawn - 1.0) * LATENCY

    def crash(self, what: str) -> None:
        """Die here: raises Crash, and ends what else the process does."""
        self.dead = True
        self.world.tell(f"{self.name} dies: {what}")
        if what in ("committed", "closed", "acknowledging"):
            self.world.seen["a process died between commit and acknowledgement"] += 1
        if self.main is not None and self.main is not asyncio.current_task():
            self.main.cancel()
        raise Crash(what)

    # Clock
    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.world.loop.now) + self.skew

    async def sleep(self, seconds: float) -> None:
        await self.world.loop.sleep(self.world.whole(seconds))

    def new_holder(self) -> str:
        """An id to hold a task under."""
        self.holder = self.world.new_id()
        self.world.holding[self.holder] = self
        return self.holder
