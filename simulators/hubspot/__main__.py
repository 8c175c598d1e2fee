"""`python -m simulators.hubspot`"""

from __future__ import annotations

import argparse
import contextlib

from simulators.hubspot.app import App
from simulators.hubspot.server import listen, server
from simulators.hubspot.simulation import Simulation
from simulators.hubspot.switches import Switches


def _arguments() -> argparse.Namespace:
    defaults = App()
    parser = argparse.ArgumentParser(
        prog="python -m simulators.hubspot",
        description="A HubSpot on loopback: two accounts, OAuth, contacts, deals, webhooks. Look at its page at /.",
        epilog=f"switches (--switch name=value, or POST /_sim/switches):\n{Switches.documentation()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8090, help="0 finds a free one (default: %(default)s)")
    parser.add_argument("--client-id", default=defaults.client_id, help="default: %(default)s")
    parser.add_argument("--client-secret", default=defaults.client_secret, help="default: %(default)s")
    parser.add_argument("--app-id", type=int, default=defaults.app_id, help="default: %(default)s")
    parser.add_argument("--redirect-url", action="append", default=[], help="allowed after consent; repeatable")
    parser.add_argument("--webhook-url", default="", help="where webhooks go (default: nowhere)")
    parser.add_argument("--expires-in", type=float, default=defaults.expires_in, help="life of an access token in s")
    parser.add_argument("--rate-scale", default="1.0", help="factor on the rate limits; 0 turns them off")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="see below; repeatable")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    app = App(
        app_id=arguments.app_id,
        client_id=arguments.client_id,
        client_secret=arguments.client_secret,
        redirect_urls=arguments.redirect_url,
        webhook_url=arguments.webhook_url,
        expires_in=arguments.expires_in,
    )
    switches = Switches()
    try:
        switches.set({"rate_scale": arguments.rate_scale})
        switches.set(dict(item.split("=", 1) for item in arguments.switch))
    except ValueError as error:
        raise SystemExit(f"--switch: {error}") from None
    try:
        listener = listen(arguments.port)
    except OSError as error:
        raise SystemExit(f"port {arguments.port} cannot be used: {error.strerror}") from None
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server(Simulation(app, switches)).run([listener])


if __name__ == "__main__":
    main()
