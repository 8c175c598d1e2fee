"""The simulator as a program of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from simulators.hubspot import HubSpotSimulator, Switches

ROOT = Path(__file__).parents[3]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulators.hubspot", *arguments]


def test_it_prints_its_address_serves_there_and_stops_when_told() -> None:
    arguments = command("--port", "0", "--redirect-url", "http://127.0.0.1:9/cb", "--switch", "search_lag_s=3")
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        state = requests.get(words[2] + "/_sim/state", timeout=10).json()
        process.terminate()
        process.wait(10)

    assert words[:2] == ["listening", "on"]
    assert words[2].startswith("http://127.0.0.1:")
    assert state["app"]["redirect_urls"] == ["http://127.0.0.1:9/cb"]
    assert state["switches"]["search_lag_s"] == 3


def test_its_help_names_every_switch() -> None:
    shown = subprocess.run(command("--help"), cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout

    assert [name for name in Switches.__dataclass_fields__ if name not in shown] == []


@pytest.mark.parametrize("arguments", [["--switch", "nothing=1"], ["--switch", "nothing"], ["--rate-scale", "fast"]])
def test_a_wrong_switch_is_refused_in_words(arguments: list[str]) -> None:
    refused = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert refused.returncode == 1
    assert refused.stderr.startswith("--switch: ")


def test_a_port_that_is_taken_is_named() -> None:
    with HubSpotSimulator() as other:
        port = other.url.rsplit(":", 1)[1]
        refused = subprocess.run(command("--port", port), cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert refused.returncode == 1
    assert port in refused.stderr


def test_in_process_it_frees_its_port_even_while_a_call_is_held() -> None:
    with HubSpotSimulator() as hubspot:
        port = int(hubspot.url.rsplit(":", 1)[1])
        hubspot.simulation.faults.add([{"path": "/oauth/", "hold": "for ever"}])
        address = hubspot.url + "/oauth/2026-09/token"
        with pytest.raises(requests.Timeout):
            requests.post(address, data={"a": "b"}, timeout=0.2)

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
