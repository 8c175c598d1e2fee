"""Where a local stack keeps what it has: `.local/<name>`, and nothing outside it."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
DEFAULT_NAME = "local"


class LocalStackError(Exception):
    """The local stack cannot do what was asked; the message says what failed, where to look and what to do next."""


@dataclass(frozen=True)
class StackFolder:
    """The files of one stack."""

    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", self.name):
            raise LocalStackError(f"{self.name!r} cannot name a stack: lower-case letters, digits and hyphens can")

    @property
    def path(self) -> Path:
        """The folder itself."""
        return LOCAL / self.name

    @property
    def stack_file(self) -> Path:
        """What the stack's users read: its addresses."""
        return self.path / "stack.json"

    @property
    def processes_file(self) -> Path:
        """Which processes were started for it."""
        return self.path / "processes.json"

    @property
    def ports_file(self) -> Path:
        """Which ports it has; they stay, because the token issuer's address is part of every token."""
        return self.path / "ports.json"

    @property
    def temporary(self) -> Path:
        """Scratch space of the emulator and its functions, emptied by `down`."""
        return self.path / "tmp"

    @property
    def build(self) -> Path:
        """This stack's copy of the build."""
        return self.path / "build"

    def log(self, program: str) -> Path:
        """Where a program of this stack writes what it has to say."""
        return self.path / f"{program}.log"

    @staticmethod
    def last_words(log: Path, lines: int = 15) -> str:
        """The end of a log, and where the whole of it is."""
        text = log.read_text(errors="replace").splitlines()[-lines:]
        where = log.relative_to(ROOT, walk_up=True)
        return "\n".join([f"The end of {where}:", *(f"  {line}" for line in text)])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One `up` or `down` of a stack at a time; a second one waits."""
        self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path / "lock"):
            yield

    def publish(self, stack: dict[str, Any]) -> None:
        """Write the stack's file, for the default stack also where a newcomer looks first."""
        write_json(self.stack_file, stack)
        if self.name == DEFAULT_NAME:
            write_json(LOCAL / "stack.json", stack)

    def clear(self) -> None:
        """Forget a stack that is down: addresses and scratch space go, logs and the issuer's key stay."""
        if self.name == DEFAULT_NAME:
            (LOCAL / "stack.json").unlink(missing_ok=True)
        self.stack_file.unlink(missing_ok=True)
        for folder in (self.temporary, self.build):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; it is freed when the holder's process ends, however it ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_json(path: Path, content: Any) -> None:
    """Replace a file whole, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """A file's object; an empty one when there is no file."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return content
