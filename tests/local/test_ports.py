import socket

import pytest

from simulators.local import ports
from simulators.local.folder import StackFolder
from simulators.local.ports import LOOPBACK, is_free, ports_for

PROGRAMS = ["emulator", "hubspot"]


def test_a_port_that_is_listened_on_is_not_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_each_program_gets_a_port_of_its_own(folder: StackFolder) -> None:
    ports = ports_for(folder, PROGRAMS, running=[])

    assert len(set(ports.values())) == len(PROGRAMS)
    assert all(is_free(port) for port in ports.values())


def test_a_stack_keeps_its_ports(folder: StackFolder) -> None:
    first = ports_for(folder, PROGRAMS, running=[])

    assert ports_for(folder, PROGRAMS, running=[]) == first


def test_a_port_that_another_program_took_is_given_up(folder: StackFolder) -> None:
    first = ports_for(folder, PROGRAMS, running=[])

    with socket.create_server((LOOPBACK, first["hubspot"])):
        second = ports_for(folder, PROGRAMS, running=[])

    assert second["hubspot"] != first["hubspot"]
    assert second["emulator"] == first["emulator"]


def test_the_port_of_a_running_program_is_its_own(folder: StackFolder) -> None:
    first = ports_for(folder, PROGRAMS, running=[])

    with socket.create_server((LOOPBACK, first["hubspot"])):
        assert ports_for(folder, PROGRAMS, running=["hubspot"]) == first


def test_what_other_stacks_have_chosen_is_left_to_them(folder: StackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    other = StackFolder("another")
    other.path.mkdir()
    theirs = ports_for(other, PROGRAMS, running=[]).values()
    ours = [port for port in range(29_900, 29_999) if is_free(port) and port not in theirs][:2]
    monkeypatch.setattr(ports, "CANDIDATES", [*theirs, *ours])

    assert set(ports_for(folder, PROGRAMS, running=[]).values()) == set(ours)
