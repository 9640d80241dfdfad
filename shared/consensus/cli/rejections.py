"""`consensus rejections`: what was acknowledged without effect, and another try at it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from consensus.bootstrap.rejected import MOST, NotReplayable, Rejected, opened
from consensus.cli.exits import Exit
from consensus.cli.terminal import block, local_time, one_line
from consensus.config import Settings
from consensus.core.errors import TransientError
from consensus.ports import Rejection

SHOWN = 12  # characters of a key: enough to name it


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do; replay holds beginnings of keys."""

    limit: int = 20
    show: bool = False
    json_only: bool = False
    replay: tuple[str, ...] = ()
    replay_dead_letters: bool = False


def rejections(wanted: Wanted) -> int:
    """List rejections or handle some again; 1 where one could not be."""
    return asyncio.run(_run(wanted, Settings.read()))


async def _run(wanted: Wanted, settings: Settings) -> int:
    async with opened(settings) as rejected:
        if wanted.replay or wanted.replay_dead_letters:
            return await _replay(rejected, wanted)
        _list(await rejected.newest(wanted.limit), wanted)
        return Exit.CONSENSUS


def _list(found: Sequence[Rejection], wanted: Wanted) -> None:
    if wanted.json_only:
        print(json.dumps([_plain(rejection, wanted.show) for rejection in found], indent=2))
        return
    for rejection in found:
        told = one_line(f"{rejection.reason}: {rejection.detail}", 200)
        print(f"{local_time(rejection.at.isoformat())}  {rejection.key[:SHOWN]}  {told}")
        if wanted.show:
            print(block(rejection.payload))
    if not found:
        print("No message was rejected.", file=sys.stderr)
    elif not wanted.show:
        print("\n--show prints the messages, --replay KEY handles one again.", file=sys.stderr)


def _plain(rejection: Rejection, show: bool) -> dict[str, object]:
    fields = asdict(rejection) | {"at": rejection.at.isoformat()}
    if not show:
        del fields["payload"]  # it may hold an answer
    return fields


async def _replay(rejected: Rejected, wanted: Wanted) -> int:
    known = await rejected.newest(MOST)
    chosen = {
        rejection.key: rejection
        for rejection in known
        if any(key and rejection.key.startswith(key) for key in wanted.replay)
        or (wanted.replay_dead_letters and rejection.reason == "DEAD_LETTER")
    }
    strange = [k for k in wanted.replay if not k or not any(key.startswith(k) for key in chosen)]
    for key in strange:
        print(f"{one_line(key, SHOWN)}: no such rejection among the newest {MOST}", file=sys.stderr)
    failed = len(strange)
    for rejection in chosen.values():
        try:
            await rejected.handle_again(rejection)
        except (NotReplayable, TransientError) as error:
            failed += 1
            print(f"{rejection.key[:SHOWN]}: {one_line(error)}", file=sys.stderr)
        else:
            print(f"{rejection.key[:SHOWN]}: handled")
    return Exit.FAILED if failed else Exit.CONSENSUS
