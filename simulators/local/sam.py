"""`sam build` and `sam deploy` against the emulator: the same commands, and the same template, as for AWS."""

import os
import platform
import re
import shutil
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

from simulators.local.folder import LOCAL, ROOT, LocalStackError, StackFolder, locked
from simulators.local.ports import LOOPBACK

REGION = "eu-west-1"
# The emulator takes this pair for the account's root; it is no secret.
ACCESS_KEY = "test"
SECRET_KEY = "test"
ACCOUNT = "000000000000"

SHARED_BUILD = LOCAL / "build"


def architecture() -> str:
    """What Lambda calls this machine's processor; the functions run on it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def environment(folder: StackFolder, endpoint_url: str | None = None) -> dict[str, str]:
    """The environment of everything the stack starts: the emulator's keys, and nothing of the user's that changes it.

    That is a profile, a proxy, and a PYTHONPATH, by which a function would find modules that its layer lacks.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "COV_", "HTTP_PROXY", "HTTPS_PROXY", "PYTEST_", "PYTHON"))
    }
    folder.temporary.mkdir(parents=True, exist_ok=True)
    given = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{LOOPBACK},localhost",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder.temporary),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds; it asks this machine, not AWS
        "__SAM_CLI_APP_DIR": str(LOCAL / "sam"),
        # `sam build` wants a python3.13 with pip on PATH, as the project's environment has it.
        "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), str(ROOT / ".tools/sam/bin"), os.environ.get("PATH", "")]),
    }
    if endpoint_url:
        given["AWS_ENDPOINT_URL"] = endpoint_url
    return inherited | given


def build(folder: StackFolder, template: Path) -> Path:
    """Build the template's layer and functions; returns the built template.

    Stacks share one cached build, for installing the layer's requirements takes most of the time; each gets a copy,
    so that a deploy never reads what another stack is building.
    """
    SHARED_BUILD.mkdir(parents=True, exist_ok=True)
    with locked(SHARED_BUILD / "lock"):
        _run(
            folder,
            "build",
            [
                "build",
                *("--config-env", "local", "--config-file", str(ROOT / "samconfig.toml")),
                *("--template-file", str(template)),
                *("--base-dir", str(template.parent)),
                *("--build-dir", str(SHARED_BUILD / "output"), "--cache-dir", str(SHARED_BUILD / "cache")),
                *("--parameter-overrides", f"Architecture={architecture()}"),
            ],
            environment(folder),
        )
        shutil.rmtree(folder.build, ignore_errors=True)
        shutil.copytree(SHARED_BUILD / "output", folder.build, symlinks=True)
    return folder.build / "template.yaml"


def deploy(
    folder: StackFolder, built_template: Path, stack_name: str, parameters: Mapping[str, str], endpoint_url: str
) -> None:
    """Create or update the CloudFormation stack. Give every parameter: together they replace samconfig's."""
    _count_up(built_template, parameters)
    _run(
        folder,
        "deploy",
        [
            "deploy",
            *("--config-env", "local", "--config-file", str(ROOT / "samconfig.toml")),
            *("--template-file", str(built_template)),
            *("--stack-name", stack_name, "--region", REGION),
            "--parameter-overrides",
            *(f'ParameterKey={name},ParameterValue="{value}"' for name, value in parameters.items()),
        ],
        environment(folder, endpoint_url),
    )


def _count_up(built_template: Path, parameters: Mapping[str, str]) -> None:
    """Do what the template asks of whoever deploys other values of parameters."""
    values = zlib.crc32(repr(sorted(parameters.items())).encode())
    counted = re.sub(r"(Parameters as of deployment) \d+", rf"\1 {values}", built_template.read_text())
    built_template.write_text(counted)


def _run(folder: StackFolder, step: str, arguments: list[str], env: Mapping[str, str]) -> None:
    sam = ROOT / ".tools/sam/bin/sam"
    if not sam.exists():
        raise LocalStackError("SAM CLI is not installed yet: run `make install`")
    log = folder.log(f"sam-{step}")
    with log.open("w") as output:
        code = subprocess.run(
            [str(sam), *arguments], cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ).returncode
    if code:
        raise LocalStackError(f"sam {step} ended with exit code {code}.\n{folder.last_words(log)}")
