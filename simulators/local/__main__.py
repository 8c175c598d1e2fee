"""`python -m simulators.local`: bring a local stack up or down, list them, or run a command on one of its own."""

import argparse
import os
import subprocess
import sys
import time

from simulators.local.folder import DEFAULT_NAME, LOCAL, LocalStackError, StackFolder
from simulators.local.processes import Processes
from simulators.local.shutdown import down
from simulators.local.stack import Stack
from simulators.local.startup import up


def main() -> int:
    """Carry out one command; 0 when it succeeded."""
    options = _parser().parse_args()
    try:
        match options.command:
            case "up":
                return _up(options.stack, _parameters(options.set))
            case "down":
                return _down(options.stack)
            case "run":
                return _run(options.stack, _parameters(options.set), options.program)
            case _:
                return _status()
    except LocalStackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in (
        ("up", "start the emulator and the simulators, build and deploy; again: deploy what changed"),
        ("run", "bring a stack up, run a command with STACK_FILE set, bring it down; the exit code is the command's"),
        ("down", "end a stack's programs"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("--stack", default=DEFAULT_NAME, help=f"its name ({DEFAULT_NAME})")
        if name != "down":
            command.add_argument(
                "--set", nargs="+", default=[], metavar="PARAMETER=VALUE", help="of the template, such as its paces"
            )
        if name == "run":
            command.add_argument("program", nargs="+", help="after --: the command and its arguments")
    commands.add_parser("status", help="which stacks run, and where")
    return parser


def _parameters(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise LocalStackError(f"Not PARAMETER=VALUE: {', '.join(wrong)}")
    return dict(pair.split("=", 1) for pair in pairs)


def _up(name: str, parameters: dict[str, str]) -> int:
    begun = time.monotonic()
    stack = up(name, parameters=parameters, say=_say)
    print(f"\nThe stack {name!r} is up after {time.monotonic() - begun:.0f} s:")
    _print_addresses(stack)
    print(f"  all of them    {StackFolder(name).stack_file.relative_to(LOCAL.parent)}")
    print(f"`make down{'' if name == DEFAULT_NAME else f' STACK={name}'}` stops it.")
    return 0


def _down(name: str) -> int:
    ran = down(name)
    print(f"The stack {name!r} is down (stopped: {', '.join(ran)})." if ran else f"The stack {name!r} was not up.")
    return 0


def _run(name: str, parameters: dict[str, str], program: list[str]) -> int:
    up(name, parameters=parameters, owned=True, say=_say)
    try:
        return subprocess.run(program, env=os.environ | {"STACK_FILE": str(StackFolder(name).stack_file)}).returncode
    finally:
        down(name)


def _status() -> int:
    found = False
    for file in sorted(LOCAL.glob("*/processes.json")):
        running = Processes(StackFolder(file.parent.name)).running()
        if not running:
            continue
        found = True
        print(f"{file.parent.name}: {', '.join(sorted(running))}")
        if (stack_file := file.with_name("stack.json")).exists():
            _print_addresses(Stack.read(stack_file))
    if not found:
        print("No local stack runs; `make up` starts one.")
    return 0


def _print_addresses(stack: Stack) -> None:
    for title, address in (
        ("API", stack.api_url),
        ("HubSpot", stack.hubspot_url),
        ("platform", stack.platform_url),
        ("AWS", stack.aws_endpoint_url),
    ):
        print(f"  {title:<14} {address}")


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
