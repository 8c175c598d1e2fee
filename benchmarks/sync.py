"""What a sync of very many contacts takes: `make bench-sync`.

The worker is a process of its own, one for each size of a list; the AWS emulator and the simulated HubSpot, at twenty
times HubSpot's rate, are others, and this one is the platform, which answers each request at once. The most memory that
the worker ever had must be hardly more for the longest list than for the shortest. With the longest one HubSpot's
calls are counted by the simulator's journal. Seconds are printed, not judged: machines differ, and the emulator is
slower than AWS. Ends with 1 if a limit is exceeded.
"""

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from benchmarks.sync_driver import StuckError, Syncs, Worker
from referral_hubspot.domain.syncs import Sync
from referral_hubspot.runtime.observability import logger
from simulators.local import programs
from simulators.local.folder import StackFolder
from simulators.local.ports import ports_for
from simulators.local.processes import Processes
from simulators.local.sam import environment
from tests.many_contacts import PACE, a_list, begun_before, join, seed, serve_syncs
from tests.world import PORTAL, Elsewhere, World, world

SIZES = (10_000, 100_000)
FLAT = 1.1
WARM_UP = 500
NEW = 300
CALLS_A_THOUSAND = 24.5
"""At the most: for a thousand members 4 pages, 10 reads, 10 writes and a little."""

_OF_THE_WORLD = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PYTHONPYCACHEPREFIX")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the others are."""

    folder: StackFolder
    aws_url: str
    hubspot: Elsewhere


class Verdict:
    """Collects what is over its limit, and how often HubSpot answered 429."""

    def __init__(self) -> None:
        self.exceeded = False
        self.refused = 0

    def judge(self, what: str, value: float, limit: float) -> None:
        """Print it beside its limit."""
        over = value > limit
        self.exceeded |= over
        print(f"  {what:<48} {value:>6,g}, at most {limit:,g}{'  EXCEEDED' if over else ''}", flush=True)

    def judge_calls(self, here: World, what: str, limit: float) -> int:
        """The same with HubSpot's calls since the last time, which are then forgotten; how many they were."""
        journal = here.sim("journal")["requests"]
        here.forget_calls()
        self.refused += sum(entry["status"] == HTTPStatus.TOO_MANY_REQUESTS for entry in journal)
        self.judge(f"HubSpot calls, {what}", len(journal), limit)
        print(f"    {_listed(Counter(entry['kind'] for entry in journal))}")
        return len(journal)


def main() -> int:
    """Measure, print, judge."""
    sizes = sorted(_options().members)
    logger.setLevel("CRITICAL")  # of the function that takes in the answers here
    verdict = Verdict()
    peaks: list[int] = []
    try:
        with _processes() as places:
            peaks += (_measure(places, size, verdict, passes=size == sizes[-1]) for size in sizes)
    except StuckError as stuck:
        print(stuck)
        return 1
    print("Together")
    verdict.judge("answered 429", verdict.refused, 0)
    verdict.judge(f"peak memory, {sizes[-1]:,} to {sizes[0]:,} members", round(peaks[-1] / peaks[0], 3), FLAT)
    return int(verdict.exceeded)


def _measure(places: Places, size: int, verdict: Verdict, *, passes: bool) -> int:
    """One size; the worker's peak memory in bytes."""
    print(f"A list of {size:,} members", flush=True)
    with world(places.aws_url, places.hubspot, **PACE) as here:
        serve_syncs(here)
        warm, members = a_list(here, seed(here, WARM_UP, start=10_000_000)), a_list(here, seed(here, size))
        kept = {name: os.environ[name] for name in _OF_THE_WORLD if name in os.environ}
        worker = Worker(environment(places.folder, places.aws_url) | kept)
        try:
            syncs = Syncs(here, worker)
            syncs.start("warm", warm)
            here.forget_calls()
            before, begun = worker.used(), time.monotonic()
            sync = syncs.start("list", members)
            took, used = time.monotonic() - begun, worker.used()
            calls = verdict.judge_calls(here, "everybody", size / 1000 * CALLS_A_THOUSAND)
            verdict.judge("not joined", size - syncs.newest_run(sync).joined, 0)
            verdict.judge("without a link", here.sim(f"portals/{PORTAL}/contacts?referral_link=")["count"], 0)
            own = used.aws_calls - before.aws_calls
            print(f"  {took:,.0f} s, {calls / took:.1f} HubSpot calls a second of {PACE['BUDGET_PER_SECOND']}")
            print(f"  AWS calls of the worker: {own.total():,}, {own.total() / size:.3f} a contact\n    {_listed(own)}")
            print(f"  memory: {_mb(before.peak_bytes)} when warm, {_mb(used.peak_bytes)} at the peak", flush=True)
            if passes:
                _passes(here, syncs, sync, verdict)
        finally:
            worker.stop()
    return used.peak_bytes


def _passes(here: World, syncs: Syncs, sync: Sync, verdict: Verdict) -> None:
    """What later runs cost."""
    syncs.tick(sync)
    verdict.judge_calls(here, "nobody new", 2)
    join(here, sync.plan.list_id, seed(here, NEW, start=20_000_000))
    here.forget_calls()
    syncs.tick(sync)
    verdict.judge_calls(here, f"{NEW} new", 10)
    verdict.judge("not joined", NEW - syncs.newest_run(sync).joined, 0)
    syncs.tick(syncs.put(begun_before(sync)))
    verdict.judge_calls(here, "all contacts, nobody new", 2)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counted.most_common())


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


@contextmanager
def _processes() -> Iterator[Places]:
    """The AWS emulator and the simulated HubSpot, until the block ends or this process does."""
    folder = StackFolder(f"bench-sync-{os.getpid()}")
    with folder.locked():
        ports = ports_for(folder, ["emulator", "hubspot", "platform"], [])
        processes = Processes(folder)
        try:
            processes.launch("keeper", *programs.keeper(folder))
            [hubspot, _] = programs.simulators(folder, ports)
            processes.ensure(programs.emulator(folder, ports), hubspot)
            yield Places(folder, programs.address(ports["emulator"]), Elsewhere(programs.address(ports["hubspot"])))
        finally:
            processes.stop()
            shutil.rmtree(folder.path, ignore_errors=True)


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    sizes = " ".join(map(str, SIZES))
    arguments.add_argument("--members", type=int, nargs="+", default=SIZES, help=f"sizes of the lists ({sizes})")
    return arguments.parse_args()


if __name__ == "__main__":
    sys.exit(main())
