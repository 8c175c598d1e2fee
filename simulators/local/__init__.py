"""The local stack: the same template as on AWS, deployed to an emulator on this machine, between two simulators."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from simulators.local.folder import LocalStackError, StackFolder
from simulators.local.shutdown import down
from simulators.local.stack import Stack
from simulators.local.startup import up

__all__ = ["LocalStackError", "Stack", "down", "read_stack", "running_stack", "up"]


def read_stack(name: str) -> Stack:
    """A stack that is up, by its name.

    Raises:
        LocalStackError: it is not up.
    """
    return Stack.read(StackFolder(name).stack_file)


@contextmanager
def running_stack(name: str, parameters: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A stack of this process' own, deployed on entering and ended on leaving, also when the process is killed.

    Args:
        name: A name that no other stack has.
        parameters: Template parameters to give otherwise than by default, such as shorter paces.
    """
    stack = up(name, parameters=parameters, owned=True)
    try:
        yield stack
    except BaseException:
        down(name)
        raise
    down(name, forget=True)
