"""How long a function's import takes beside a bare `import boto3`: `make bench`.

Each measurement is a fresh process that imports what Lambda would import and makes one AWS client, as the bare one
does. Processor time is measured, and each function is compared with the bare import of the same round, so that what
else the machine does counts for little; medians are printed. Targets are printed, not enforced: machines differ.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
BARE = "import boto3"
CLIENT = "boto3.client('sqs', region_name='eu-west-1')"
# A function finds its layer's modules first, then its own code root.
PATH = os.pathsep.join(str(ROOT / folder) for folder in ("layers/shared", "functions"))
WEBHOOK = "hubspot_webhook"
WEBHOOK_TARGET, TARGET = 1.3, 2.0
PROBE = "import time; begun = time.process_time(); {}; import boto3; {}; print(time.process_time() - begun)"


def main() -> int:
    """Measure, print, and never fail for a slow machine."""
    options = _options()
    names = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
    subjects = {BARE: BARE} | {name: f"import {name}.app" for name in names}
    for statement in subjects.values():
        seconds(statement)  # writes the bytecode, which is not what is measured
    measured: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(options.rounds):
        for name, statement in subjects.items():
            measured[name].append(seconds(statement))
    print(f"{BARE} and one client: {median(measured[BARE]) * 1000:.0f} ms of processor time")
    for name in names:
        ratios = [took / bare for took, bare in zip(measured[name], measured[BARE], strict=True)]
        _print(name, median(measured[name]), median(ratios))
    return 0


def seconds(statement: str) -> float:
    """Processor time of an import and one client in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    given = {"PYTHONPATH": PATH, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    bytecode = {name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ}
    ran = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement, CLIENT)],
        env=environment | given | bytecode,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout)


def _print(name: str, took: float, ratio: float) -> None:
    target = WEBHOOK_TARGET if name == WEBHOOK else TARGET
    remark = "" if ratio <= target else "  over the target"
    print(f"  {name:<16} {took * 1000:4.0f} ms  {ratio:4.2f} x (target {target}){remark}")


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.cold_start", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9, help="measurements of each function (9)")
    return arguments.parse_args()


if __name__ == "__main__":
    sys.exit(main())
