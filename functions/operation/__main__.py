"""`python -m functions.operation COMMAND [NAME=value …]`: what `make why` and its like run.

The stack is the local one that STACK names, or the one on AWS that AWS_STACK names. The exit code is 1 when the command
was refused: nothing was changed then.
"""

import json
import os
import sys
from collections.abc import Sequence
from getpass import getpass

from botocore.exceptions import BotoCoreError, ClientError

from functions.operation import rotation
from functions.operation.restoration import RestorationRefusedError, restore
from functions.operation.stacks import StackAccess, chosen_stack
from simulators.local import LocalStackError


def main(arguments: Sequence[str]) -> int:
    """Carry out one command."""
    command, *rest = arguments or [""]
    words = {name.lower(): word for name, _, word in (part.partition("=") for part in rest)}
    try:
        stack = chosen_stack(os.environ)
        match command:
            case "rotate":
                lines = rotation.begin(stack, os.environ.get("NEW_CLIENT_SECRET") or getpass("New client secret: "))
            case "rotate-end":
                lines = rotation.end(stack)
            case "restore":
                lines = restore(stack, words)
            case _:
                return _invoke(stack, {"command": command, **words})
    except (LocalStackError, RestorationRefusedError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def _invoke(stack: StackAccess, event: dict[str, str]) -> int:
    """Invoke the function until there is nothing left to do."""
    while True:
        reply = stack.client("lambda").invoke(
            FunctionName=stack.function, Qualifier="live", Payload=json.dumps(event).encode()
        )
        answer = json.loads(reply["Payload"].read())
        if "FunctionError" in reply:
            print(f"The function ended with {answer.get('errorType', reply['FunctionError'])}.", file=sys.stderr)
            return 1
        print("\n".join(answer["lines"]), file=sys.stdout if answer["ok"] else sys.stderr, flush=True)
        if not answer["ok"]:
            return 1
        if not answer.get("again"):
            return 0
        event = {**event, **answer["again"]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
