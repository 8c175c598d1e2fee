"""The commands of whoever is on call, run as they stand in a shell at the top of the repository."""

import os
import subprocess
from dataclasses import dataclass

from simulators.local import Stack
from tests.cloudformation import ROOT
from tests.deployed import PACES

# Of the `make` and the Python that run the tests: a shell of somebody on call has none of them.
_OF_THE_TESTS = ("AWS_STACK", "MAKE", "MFLAGS", "PYTHON")


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said."""
        return self.out.splitlines()


def attempt(stack: Stack, command: str, **words: str) -> Ran:
    """Run a command on the stack; `words` are the reader's own, such as ACCOUNT."""
    given = {"STACK": stack.name, "SET": " ".join(f"{name}={value}" for name, value in PACES.items())}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_TESTS)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=ROOT,
        env=inherited | given | words,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def run(stack: Stack, command: str, **words: str) -> Ran:
    """Run a command that must succeed."""
    ran = attempt(stack, command, **words)
    assert ran.code == 0, f"{command} ended with {ran.code}: {ran.out}{ran.err}"
    return ran
