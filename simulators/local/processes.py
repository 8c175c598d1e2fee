"""The background programs of a stack: started, found again by pid and start time, ended with their children."""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from simulators.local.folder import ROOT, LocalStackError, StackFolder, read_json, write_json

START_TIME_TOLERANCE_S = 2.0
READY_WITHIN_S = 60.0  # two cores that also build and run tests
STOP_WITHIN_S = 5.0

# The children of this very process, by pid: held until they are stopped, so that each is waited for.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Program:
    """What is to run: its command, its environment, and the address that answers once it is ready."""

    name: str
    command: list[str]
    ready_url: str
    environment: Mapping[str, str]
    sources: Path | None = None

    def changed_since(self, moment: float) -> bool:
        """Whether a file of the program is newer than `moment` (seconds since the epoch)."""
        if self.sources is None:
            return False
        return any(path.stat().st_mtime > moment for path in self.sources.rglob("*.py"))


@dataclass(frozen=True)
class Record:
    """A started process. Its start time tells it from a later one that was given the same pid."""

    pid: int
    started: float
    command: list[str]

    def process(self) -> psutil.Process | None:
        """The process while it runs."""
        return find(self.pid, self.started)


def find(pid: int, started: float) -> psutil.Process | None:
    """The running process with this pid and start time; None when it ended (also when its pid lives on)."""
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        same = abs(process.create_time() - started) < START_TIME_TOLERANCE_S
    except psutil.NoSuchProcess:
        return None
    return process if alive and same else None


class Processes:
    """The processes of one stack, by program name, kept in its folder."""

    def __init__(self, folder: StackFolder) -> None:
        self._folder = folder
        self.started_here: list[str] = []

    def records(self) -> dict[str, Record]:
        """Every process that was started and not stopped, whether it still runs or not."""
        return {name: Record(**record) for name, record in read_json(self._folder.processes_file).items()}

    def running(self) -> set[str]:
        """The programs that run now."""
        return {name for name, record in self.records().items() if record.process()}

    def ensure(self, *programs: Program) -> None:
        """Have each program running as described: left alone when it is, started anew when it differs or has ended.

        Raises:
            LocalStackError: one ended or did not answer in time; its last words are in the message.
        """
        launched = [
            (program, self.launch(program.name, program.command, program.environment))
            for program in programs
            if self._is_due(program)
        ]
        for program, process in launched:
            self._await(program, process)

    def _is_due(self, program: Program) -> bool:
        """Whether to start the program; what runs otherwise than described is ended first."""
        record = self.records().get(program.name)
        if record and record.process():
            if record.command == program.command and not program.changed_since(record.started):
                return False
            self.stop([program.name])
        return True

    def _await(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        log = self._folder.log(program.name)
        deadline = time.monotonic() + READY_WITHIN_S
        while not _answers(program.ready_url):
            if process.poll() is not None:
                raise LocalStackError(
                    f"{program.name} ended with exit code {process.returncode}.\n{self._folder.last_words(log)}"
                )
            if time.monotonic() > deadline:
                raise LocalStackError(
                    f"{program.name} did not answer in {READY_WITHIN_S:.0f} s.\n{self._folder.last_words(log)}"
                )
            time.sleep(0.05)

    def launch(self, name: str, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a process with a log of its own and record it, so that `stop` finds it."""
        with self._folder.log(name).open("a") as output:
            # A session of its own: Ctrl-C in the terminal ends `up`, which then ends what it started, in order.
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _children[process.pid] = process
        record = Record(pid=process.pid, started=psutil.Process(process.pid).create_time(), command=command)
        write_json(self._folder.processes_file, read_json(self._folder.processes_file) | {name: asdict(record)})
        self.started_here.append(name)
        return process

    def stop(self, names: Iterable[str] | None = None) -> None:
        """End the recorded processes (all, last started first) and their children; those that ended are forgotten."""
        records = self.records()
        chosen = [name for name in reversed(records) if names is None or name in set(names)]
        for name in chosen:
            if (process := records[name].process()) and process.pid != os.getpid():
                _end(process)
            if child := _children.pop(records[name].pid, None):
                child.wait()
        remaining = {name: asdict(record) for name, record in records.items() if name not in chosen}
        write_json(self._folder.processes_file, remaining)


def _end(process: psutil.Process) -> None:
    """Ask, wait, insist; children last, because a program ends its own when it is asked."""
    try:
        family = [process, *process.children(recursive=True)]
        process.terminate()
    except psutil.NoSuchProcess:
        return
    psutil.wait_procs([process], timeout=STOP_WITHIN_S)
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=STOP_WITHIN_S)


def _answers(url: str) -> bool:
    """Whether a server answers there at all; which status does not matter."""
    try:
        httpx.get(url, trust_env=False, timeout=2)
    except httpx.HTTPError:
        return False
    return True
