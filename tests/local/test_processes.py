import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from simulators.local import LocalStackError, down
from simulators.local.folder import ROOT, StackFolder
from simulators.local.ports import ports_for
from simulators.local.processes import Processes, Program, find

SERVER = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.BaseHTTPRequestHandler).serve_forever()
"""
WITH_A_CHILD = (
    """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
"""
    + SERVER
)


@pytest.fixture
def processes(folder: StackFolder) -> Iterator[Processes]:
    started = Processes(folder)
    yield started
    started.stop()


@pytest.fixture
def server(folder: StackFolder) -> Callable[..., Program]:
    port = ports_for(folder, ["server"], running=[])["server"]

    def program(code: str = SERVER, *arguments: str) -> Program:
        command = [sys.executable, "-c", code, str(port), *arguments]
        return Program("server", command, f"http://127.0.0.1:{port}", dict(os.environ))

    return program


def pid(processes: Processes) -> int:
    return processes.records()["server"].pid


def eventually(fact: Callable[[], bool], within_s: float = 15) -> bool:
    deadline = time.monotonic() + within_s
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.05)
    return fact()


def test_a_program_is_ready_when_it_was_started(processes: Processes, server: Callable[..., Program]) -> None:
    processes.ensure(server())

    assert processes.running() == {"server"}


def test_a_running_program_is_left_alone(processes: Processes, server: Callable[..., Program]) -> None:
    processes.ensure(server())
    before = pid(processes)

    processes.ensure(server())

    assert pid(processes) == before


def test_a_program_with_another_command_replaces_the_running_one(
    processes: Processes, server: Callable[..., Program]
) -> None:
    processes.ensure(server())
    before = pid(processes)

    processes.ensure(server(SERVER, "--another"))

    assert pid(processes) != before
    assert not psutil.pid_exists(before)


def test_stopping_ends_a_program_with_its_children(processes: Processes, server: Callable[..., Program]) -> None:
    processes.ensure(server(WITH_A_CHILD))
    [child] = psutil.Process(pid(processes)).children()

    processes.stop()

    assert processes.records() == {}
    assert eventually(lambda: not child.is_running())


def test_a_process_that_was_given_the_pid_of_an_ended_one_is_not_ours() -> None:
    myself = psutil.Process()

    assert find(myself.pid, myself.create_time()) == myself
    assert find(myself.pid, myself.create_time() - 60) is None


def test_a_program_that_ends_at_once_is_reported_with_its_last_words(
    processes: Processes, server: Callable[..., Program]
) -> None:
    with pytest.raises(LocalStackError, match=r"(?s)server ended with exit code 3.*no such table"):
        processes.ensure(server("import sys; print('no such table'); sys.exit(3)"))


def test_a_stack_ends_when_its_owner_is_killed() -> None:
    name = f"keeper-{os.getpid()}"
    owner_code = (
        "import sys, time\n"
        "from simulators.local.folder import StackFolder\n"
        "from simulators.local.processes import Processes\n"
        "from simulators.local.programs import keeper\n"
        "from simulators.local.sam import environment\n"
        f"folder = StackFolder({name!r})\n"
        "processes = Processes(folder)\n"
        "processes.launch('keeper', *keeper(folder))\n"
        "processes.launch('server', [sys.executable, '-c', 'import time; time.sleep(60)'], environment(folder))\n"
        "print('started', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", owner_code], cwd=ROOT, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        owned = Processes(StackFolder(name))
        assert owned.running() == {"keeper", "server"}

        owner.kill()

    try:
        assert eventually(lambda: not owned.running())
    finally:
        owned.stop()
        down(name, forget=True)
