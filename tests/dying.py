"""Workers that die at the worst moment, whichever that is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests
from botocore.hooks import BaseEventHooks


class Died(BaseException):
    """A process that is killed runs no handler for what stops it."""


class Death:
    """Comes at the `at`-th call to AWS or HubSpot, before it is made or right after it was."""

    def __init__(self, at: int, *, after: bool) -> None:
        self._at = at
        self._after = after
        self.calls: list[str] = []

    def before(self, name: str) -> None:
        """A call is about to be made."""
        self.calls.append(name)
        self._come(after=False)

    def afterwards(self) -> None:
        """The call was made."""
        self._come(after=True)

    def _come(self, *, after: bool) -> None:
        if after is self._after and len(self.calls) == self._at + 1:
            raise Died


@contextmanager
def dying(events: BaseEventHooks, at: int, *, after: bool) -> Iterator[Death]:
    """Ends the worker with this AWS client."""
    death = Death(at, after=after)

    def before_call(model: Any, **_: Any) -> None:
        death.before(model.name)

    def after_call(**_: Any) -> None:
        death.afterwards()

    send = requests.adapters.HTTPAdapter.send

    def sent(adapter: Any, request: Any, **options: Any) -> Any:
        death.before(request.path_url)
        answer = send(adapter, request, **options)
        death.afterwards()
        return answer

    events.register("before-call", before_call)
    events.register_last("after-call", after_call)
    try:
        with patch.object(requests.adapters.HTTPAdapter, "send", sent):
            yield death
    finally:
        events.unregister("before-call", before_call)
        events.unregister("after-call", after_call)
