"""A worker dies at the worst moment, whichever that is: the next one brings everything to its one end."""

import pytest

from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Action, Duplicates
from tests.dying import Died, dying
from tests.world import PORTAL, World, lead_joined_event

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("duplicates", list(Duplicates))
@pytest.mark.parametrize("action", [Action.CREATE_CONTACT, Action.CREATE_DEAL])
def test_a_worker_that_dies_at_any_call_leaves_one_record_and_one_decision(
    world: World, action: Action, duplicates: Duplicates, after: bool
) -> None:
    world.serve(duplicates, action=action)
    deals = action is Action.CREATE_DEAL
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
            with dying(world.wiring.dynamodb.meta.events, at, after=after):
                world.deliver(*batch)
        except Died:
            deaths += 1
            decided = {lead: world.lead(lead) for lead in (f"new-{at}", f"first-{at}")}
            moved = _moved_by_sales(world, f"new-{at}@example.com")
            world.new_worker()
            world.deliver(*batch, received=2)
            for lead_id, before in decided.items():
                now = world.lead(lead_id)
                assert now is not None
                if before is not None and before.decision is not None:
                    assert now.decision == before.decision
            if moved:
                assert _stages(world, f"new-{at}@example.com") == ["contractsent"]
        else:
            break

        states = {lead: found.state for lead in (f"new-{at}", f"first-{at}") if (found := world.lead(lead))}
        second = world.lead(f"second-{at}")
        assert states == {f"new-{at}": State.SENT, f"first-{at}": State.SENT}
        assert second is not None
        assert second.state is State.ALREADY_REFERRED
        for email in (f"new-{at}@example.com", f"same-{at}@example.com"):
            assert len(world.contacts(email)) == 1
            assert len(world.deals(contact=email)) == int(deals)
    assert deaths >= 8
    known_lead = world.lead("old-0")
    assert known_lead is not None
    assert known_lead.state is (State.DUPLICATE if duplicates is Duplicates.SKIP else State.SENT)


def _moved_by_sales(world: World, email: str) -> bool:
    """A salesperson moves the deals of a contact before the next worker comes; whether there are any yet."""
    deals = world.deals(contact=email) if world.contacts(email) else []
    for deal in deals:
        world.sim(f"portals/{PORTAL}/deals/{deal['id']}", {"properties": {"dealstage": "contractsent"}})
    return bool(deals)


def _stages(world: World, email: str) -> list[str]:
    return [deal["properties"]["dealstage"] for deal in world.deals(contact=email)]


def test_a_worker_that_dies_at_any_call_leaves_one_deal_without_a_contact(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL, with_contact=False)
    deaths = 0
    for at in range(100):
        lead = lead_joined_event(f"l{at}", f"l{at}@example.com", first_name=f"Ada {at}")
        world.new_worker()
        try:
            with dying(world.wiring.dynamodb.meta.events, at, after=True):
                world.deliver(lead)
        except Died:
            deaths += 1
            world.new_worker()
            world.deliver(lead, received=2)
        else:
            break
        assert len(world.deals(dealname=f"Ada {at}")) == 1
    assert deaths >= 6
