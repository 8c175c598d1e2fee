"""The processes that run a function on the local stack."""

import psutil

from simulators.local.folder import StackFolder
from simulators.local.processes import Processes
from simulators.local.stack import Stack


def kill_workers(stack: Stack, function: str) -> int:
    """Kill every worker of a function (its logical id) as a machine that goes down does; how many there were.

    Only children of the emulator that belongs to this stack are looked at.
    """
    emulator = Processes(StackFolder(stack.name)).records()["emulator"].process()
    assert emulator is not None, "the stack's emulator does not run"
    killed = 0
    for child in emulator.children(recursive=True):
        try:
            if f"-{stack.resource(function)}-" in " ".join(child.cmdline()):
                child.kill()
                killed += 1
        except psutil.NoSuchProcess:
            continue
    return killed
