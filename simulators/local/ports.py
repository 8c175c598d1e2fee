"""Free loopback ports, found once per stack and kept."""

import random
import socket
from collections.abc import Iterable, Set

from simulators.local.folder import LocalStackError, StackFolder, read_json, write_json

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections, so that none takes ours meanwhile.
CANDIDATES = range(20_000, 30_000)
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def ports_for(folder: StackFolder, programs: Iterable[str], running: Iterable[str]) -> dict[str, int]:
    """Program → port: what the stack had before while that is free or held by its own running program."""
    known: dict[str, int] = read_json(folder.ports_file)
    running = set(running)
    ports: dict[str, int] = {}
    for program in programs:
        port = known.get(program)
        keep = port is not None and (program in running or is_free(port))
        ports[program] = port if keep and port is not None else _free_port({*ports.values(), *_of_others(folder)})
    write_json(folder.ports_file, ports)
    return ports


def _of_others(folder: StackFolder) -> set[int]:
    """What other stacks have chosen, of whose programs some may be about to start."""
    files = (file for file in folder.path.parent.glob("*/ports.json") if file != folder.ports_file)
    return {port for file in files for port in read_json(file).values()}


def _free_port(taken: Set[int]) -> int:
    for _ in range(TRIES):
        port = random.choice(CANDIDATES)
        if port not in taken and is_free(port):
            return port
    raise LocalStackError(
        f"No free port between {CANDIDATES.start} and {CANDIDATES.stop} after {TRIES} tries: is another program "
        "holding them all? `make status` lists the local stacks."
    )
