"""Ends a stack whose owner is gone: a test run that was killed cannot tidy up after itself.

Started beside the stack by `up`; it looks once a second and ends itself with the stack.
"""

import argparse
import time

from simulators.local.folder import StackFolder
from simulators.local.processes import find
from simulators.local.shutdown import down

INTERVAL_S = 1.0


def main() -> None:
    """Wait for the end of the owner's process, then bring the stack down."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stack", required=True)
    arguments.add_argument("--owner", required=True, type=int, help="pid")
    arguments.add_argument("--owner-started", required=True, type=float, help="seconds since the epoch")
    given = arguments.parse_args()
    while find(given.owner, given.owner_started):
        time.sleep(INTERVAL_S)
    down(StackFolder(given.stack).name)


if __name__ == "__main__":
    main()
