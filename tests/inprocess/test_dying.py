"""A worker dies at the worst moment, whichever that is: the next one brings everything to its one end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
import requests

from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Duplicates
from tests.world import PORTAL, World, lead_joined_event

LONG_AGO = "2020-01-01T00:00:00Z"


class Died(BaseException):
    """A process that is killed runs no handler for what stops it."""


@contextmanager
def dying(world: World, at: int, *, after: bool) -> Iterator[list[str]]:
    """Ends the worker at its `at`-th call to AWS or HubSpot, before it is made or right after it was."""
    calls: list[str] = []

    def step(name: str, moment: bool) -> None:
        if moment is False:
            calls.append(name)
        if moment is after and len(calls) == at + 1:
            raise Died

    def before_call(model: Any, **_: Any) -> None:
        step(model.name, False)

    def after_call(model: Any, **_: Any) -> None:
        step(model.name, True)

    send = requests.adapters.HTTPAdapter.send

    def sent(adapter: Any, request: Any, **options: Any) -> Any:
        step(request.path_url, False)
        answer = send(adapter, request, **options)
        step(request.path_url, True)
        return answer

    events = world.wiring.dynamodb.meta.events
    events.register("before-call", before_call)
    events.register("after-call", after_call)
    try:
        with patch.object(requests.adapters.HTTPAdapter, "send", sent):
            yield calls
    finally:
        events.unregister("before-call", before_call)
        events.unregister("after-call", after_call)


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_worker_that_dies_at_any_call_leaves_one_contact_and_one_decision(
    world: World, duplicates: Duplicates, after: bool
) -> None:
    world.serve(duplicates)
    known = [{"properties": {"email": "known@example.com"}, "createdate": LONG_AGO}]
    world.sim("seed", {"portal": PORTAL, "contacts": known})
    deaths = 0
    for at in range(100):
        new = lead_joined_event(f"new-{at}", f"new-{at}@example.com")
        twice = [lead_joined_event(f"{name}-{at}", f"same-{at}@example.com") for name in ("first", "second")]
        old = lead_joined_event(f"old-{at}", "known@example.com") if at == 0 else None
        batch = [event for event in (new, *twice, old) if event]
        world.new_worker()
        try:
            with dying(world, at, after=after):
                world.deliver(*batch)
        except Died:
            deaths += 1
            decided = {lead: world.lead(lead) for lead in (f"new-{at}", f"first-{at}")}
            world.new_worker()
            world.deliver(*batch, received=2)
            for lead_id, before in decided.items():
                now = world.lead(lead_id)
                assert now is not None
                if before is not None and before.decision is not None:
                    assert now.decision == before.decision
        else:
            break

        states = {lead: found.state for lead in (f"new-{at}", f"first-{at}") if (found := world.lead(lead))}
        second = world.lead(f"second-{at}")
        assert states == {f"new-{at}": State.SENT, f"first-{at}": State.SENT}
        assert second is not None
        assert second.state is State.ALREADY_REFERRED
        assert len(world.contacts(f"new-{at}@example.com")) == 1
        assert len(world.contacts(f"same-{at}@example.com")) == 1
    assert deaths >= 8
    known_lead = world.lead("old-0")
    assert known_lead is not None
    assert known_lead.state is (State.DUPLICATE if duplicates is Duplicates.SKIP else State.SENT)
