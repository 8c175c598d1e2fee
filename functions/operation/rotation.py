"""Replace HubSpot's client secret while both are valid, with the caller's right to it: no function may write it."""

import json

from functions.operation.stacks import StackAccess

_SECRET = "HubSpotSecret"


def begin(stack: StackAccess, new: str) -> list[str]:
    """Make a new client secret the current one, and keep the one before it; again with the same one: nothing."""
    stored = _read(stack)
    if stored["client_secret"] == new:
        return ["This is the current secret already: nothing was changed."]
    _write(stack, {"client_secret": new, "previous_client_secret": stored["client_secret"]})
    return ["Both secrets are valid from now on. Every function knows the new one within five minutes."]


def end(stack: StackAccess) -> list[str]:
    """Forget the secret before the current one."""
    _write(stack, _read(stack) | {"previous_client_secret": ""})
    return ["Only the current secret is valid. Every function knows it within five minutes."]


def _read(stack: StackAccess) -> dict[str, str]:
    text = stack.client("secretsmanager").get_secret_value(SecretId=stack.resource(_SECRET))["SecretString"]
    stored: dict[str, str] = json.loads(text)
    return stored


def _write(stack: StackAccess, content: dict[str, str]) -> None:
    stack.client("secretsmanager").put_secret_value(SecretId=stack.resource(_SECRET), SecretString=json.dumps(content))
