"""`python -m simulators.platform`: the simulated referral platform, until it is interrupted."""

import argparse
import signal
from pathlib import Path
from threading import Event

from simulators.platform.identity import DEFAULT_AUDIENCE
from simulators.platform.server import PlatformSimulator


def main() -> None:
    arguments = argparse.ArgumentParser(
        prog="python -m simulators.platform",
        description="A referral platform to try the integration with, on loopback: publishes lead and campaign "
        "events, receives announcements, pays rewards, and issues the JWTs of its users.",
    )
    arguments.add_argument("--port", type=int, default=8091, help="port on 127.0.0.1; 0 finds a free one (8091)")
    arguments.add_argument("--audience", default=DEFAULT_AUDIENCE, help=f"of its tokens ({DEFAULT_AUDIENCE})")
    arguments.add_argument("--key-file", type=Path, help="keeps the signing key between runs; made when missing")
    options = arguments.parse_args()

    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with PlatformSimulator(options.port, audience=options.audience, key_file=options.key_file) as platform:
        print(f"listening on {platform.url}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
