"""The programs that make up a local stack: how each is started and when it is ready."""

import os
import sys
from collections.abc import Mapping

import psutil

from simulators.local.folder import ROOT, LocalStackError, StackFolder
from simulators.local.ports import LOOPBACK
from simulators.local.processes import Program
from simulators.local.sam import environment

PROGRAMS = ("emulator", "hubspot", "platform", "public")
JWT_AUDIENCE = "referral-hubspot"


def address(port: int) -> str:
    """Where a program of the stack listens."""
    return f"http://{LOOPBACK}:{port}"


def address_of_another_site(port: int) -> str:
    """The same program under a name that browsers take for another site, whose pages get no third-party cookies."""
    return f"http://localhost:{port}"


def emulator(folder: StackFolder, ports: Mapping[str, int]) -> Program:
    """AWS in one process, with every role enforced.

    Raises:
        LocalStackError: it is not installed.
    """
    python = ROOT / ".tools/emulator/bin/python"
    if not python.exists():
        raise LocalStackError("The AWS emulator is not installed yet: run `make install`")
    objects = folder.temporary / "s3"
    objects.mkdir(parents=True, exist_ok=True)
    settings = {
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(ports["emulator"]),
        "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_HOST": LOOPBACK,
        "S3_DATA_DIR": str(objects),
    }
    return Program(
        name="emulator",
        command=[str(python), "-P", str(ROOT / "simulators/local/emulator.py")],
        ready_url=f"{address(ports['emulator'])}/_ministack/ready",
        environment=environment(folder) | settings,
    )


def simulators(folder: StackFolder, ports: Mapping[str, int]) -> list[Program]:
    """HubSpot and the referral platform; the platform keeps its signing key, for the emulator caches it."""
    told = environment(folder, address(ports["emulator"]))
    key = ["--audience", JWT_AUDIENCE, "--key-file", str(folder.path / "platform-key.pem")]
    return [
        Program(
            name=name,
            command=[sys.executable, "-m", f"simulators.{name}", "--port", str(ports[name]), *arguments],
            ready_url=address(ports[name]),
            environment=told,
            sources=ROOT / "simulators" / name,
        )
        for name, arguments in (("hubspot", []), ("platform", key))
    ]


def public_address(folder: StackFolder, ports: Mapping[str, int], api_id: str) -> Program:
    """The port that stands for the public domain name of the HTTP API."""
    return Program(
        name="public",
        command=[
            *(sys.executable, "-m", "simulators.local.forwarder", "--port", str(ports["public"])),
            *("--target", address(ports["emulator"]), "--host", f"{api_id}.execute-api.{LOOPBACK}"),
        ],
        ready_url=address(ports["public"]),
        environment=environment(folder),
        sources=ROOT / "simulators/local",
    )


def keeper(folder: StackFolder) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the process that ends the stack when this one is gone."""
    owner = psutil.Process(os.getpid())
    command = [
        *(sys.executable, "-m", "simulators.local.keeper", "--stack", folder.name),
        *("--owner", str(owner.pid), "--owner-started", str(owner.create_time())),
    ]
    return command, environment(folder)
