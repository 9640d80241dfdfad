"""Fuzz every codec and the reader for a while: python -m tests.fuzz.run --seconds 60.

Each round gives every target some hundred inputs of a seed of its own; --seed and --only repeat
one. What is found is told with the smallest input that shows it.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tests.fuzz.targets import TARGETS, Target

INPUTS = 200  # a target and round
LONGEST = 20.0  # seconds of processor time that one input may take
LEAST = 5.0  # seconds that a target has in each round, however short the whole


class TookTooLongError(AssertionError):
    """An input took longer than any may."""


class EnoughError(KeyboardInterrupt):
    """The target's time is up: hypothesis lets this one out, as it does an interrupt."""


def fuzz(target: Target, number: int, seconds: float) -> str:
    """What is wrong, with the smallest input that shows it; "" where nothing was found in time."""
    latest: list[str] = []

    @seed(number)
    @settings(
        max_examples=INPUTS,
        database=None,
        deadline=None,
        print_blob=False,
        verbosity=Verbosity.normal,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(target.inputs)
    def holds(each: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
        try:
            target.holds(each)
        except Exception:
            latest.append(f"{each!r}\n{traceback.format_exc(limit=-6)}")
            raise
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    run: Callable[[], Any] = holds
    told = StringIO()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with redirect_stdout(told):
            run()
    except EnoughError:
        return latest[-1] if latest else ""  # perhaps not the smallest
    except Exception:
        return f"{told.getvalue()}{traceback.format_exc(limit=-6)}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ""


def _too_long(*_: object) -> None:
    raise TookTooLongError(f"one input took {LONGEST:g} seconds of processor time")


def _enough(*_: object) -> None:
    raise EnoughError


def main() -> int:
    """1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to look")
    parser.add_argument("--seed", type=int, help="the first round's; a random one unless given")
    parser.add_argument("--only", choices=sorted(TARGETS), help="one target alone")
    options = parser.parse_args()
    signal.signal(signal.SIGVTALRM, _too_long)
    signal.signal(signal.SIGALRM, _enough)
    number = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    targets = {n: t for n, t in TARGETS.items() if options.only in (None, n)}
    share = max(LEAST, options.seconds / len(targets))
    until, rounds, found = time.monotonic() + options.seconds, 0, set[str]()
    while rounds == 0 or (time.monotonic() < until and len(found) < len(targets)):
        for name, target in targets.items():
            if name not in found and (told := fuzz(target, number + rounds, share)):
                found.add(name)
                again = f"--seconds 0 --seed {number + rounds} --only {name!r}"
                print(f"{name}:\n{told}\n  python -m tests.fuzz.run {again}\n", flush=True)
        rounds += 1
    tried = f"{rounds * INPUTS} inputs each from seed {number} on, as far as time allowed"
    print(f"{len(targets)} targets, about {tried}, {len(found)} broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
