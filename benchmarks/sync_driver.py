"""A worker of syncs in a process of its own, and the platform that answers what it asks, here."""

import json
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from functions.list_sync import app as list_sync
from referral_hubspot.domain.syncs import Newcomer, PastRun, Sync
from simulators.local.folder import ROOT
from tests.many_contacts import ongoing
from tests.syncing import joins
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World

_SAYS_SO_AFTER_S = 15.0
_GIVES_UP_AFTER = 8  # times that nothing new was said
_LOOKS_EVERY_S = 0.5
_AT_ONCE = 3


class StuckError(Exception):
    """A sync came no further."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the worker used since it was started."""

    peak_bytes: int
    aws_calls: Counter[str]


class Worker:
    """The worker's process, and what it says."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sync_worker"],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT / "layers/shared")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.asked: queue.Queue[list[Newcomer]] = queue.Queue()
        self._used: queue.Queue[Usage] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def used(self) -> Usage:
        """What it used so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._used.get(timeout=10)

    def check(self) -> None:
        """Raises:
        StuckError: it ended.
        """
        if self._process.poll() is not None:
            raise StuckError(f"the worker ended with exit code {self._process.returncode}")

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "asked" in said:
                self.asked.put([Newcomer(**one) for one in said["asked"]])
            else:
                self._used.put(Usage(said["peak_bytes"], Counter(said["aws_calls"])))


class Syncs:
    """One campaign, whose syncs a worker of its own works on."""

    def __init__(self, here: World, worker: Worker) -> None:
        self._world = here
        self._worker = worker
        self._syncs = list_sync.wiring().syncs
        self._answered = 0
        self._pool = ThreadPoolExecutor(_AT_ONCE)

    def start(self, sync_id: str, list_id: str) -> Sync:
        """Start a sync, and see it through; the sync as it was started."""
        started = self.put(Sync(ACCOUNT, CAMPAIGN, sync_id, PORTAL, ongoing(list_id), "Ana", datetime.now(UTC)))
        self.tick(started)
        return started

    def put(self, sync: Sync) -> Sync:
        """Store a sync."""
        return self._syncs.put(sync)

    def newest_run(self, sync: Sync) -> PastRun:
        """Its last run with somebody new."""
        return self._syncs.runs(ACCOUNT, CAMPAIGN, sync.sync_id, 1)[0]

    def tick(self, sync: Sync) -> None:
        """What the schedule does; see it through, with the platform's answers.

        Raises:
            StuckError: nothing happens any more.
        """
        looked_at = self._stored(sync).looked_at
        list_sync.wiring().sync_queue.go_on(sync, due=True)
        said = time.monotonic()
        done: tuple[int, ...] = ()
        stuck = 0
        while (now := self._stored(sync)).run or now.looked_at == looked_at:
            self._worker.check()
            self._answer(_LOOKS_EVERY_S)
            if time.monotonic() - said < _SAYS_SO_AFTER_S:
                continue
            said, before = time.monotonic(), done
            done = (now.run.counts.read if now.run else 0, self._answered, len(self._world.calls()))
            print("  … {:,} read, {:,} answered, {:,} HubSpot calls".format(*done), flush=True)
            stuck = stuck + 1 if done == before else 0
            if stuck == _GIVES_UP_AFTER:
                raise StuckError(f"{sync.sync_id} came no further: {now.status} {now.cause}")

    def _stored(self, sync: Sync) -> Sync:
        stored = self._syncs.get(ACCOUNT, CAMPAIGN, sync.sync_id)
        assert stored is not None
        return stored

    def _answer(self, seconds: float) -> None:
        """Answer requests for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                requests = [self._worker.asked.get(timeout=left)]
            except queue.Empty:
                return
            while len(requests) < _AT_ONCE and not self._worker.asked.empty():
                requests.append(self._worker.asked.get())
            self._answered += sum(self._pool.map(self._joined, requests))

    def _joined(self, asked: Sequence[Newcomer]) -> int:
        """Make referrers of those whom one request asks for; how many were taken in."""
        again = self._world.tell(*[answer for one in asked if (answer := joins(one))])
        if again:
            self._worker.asked.put([asked[index] for index in again])
        return len(asked) - len(again)
