"""A campaign that waits for its admin says so once, and once when that is over."""

from dataclasses import replace

from referral_hubspot.domain.attention import Attention, AttentionReason
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, SideSettings
from referral_hubspot.storage.attention import AttentionTable
from tests.inprocess.asking import Admin, waited
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, World, event, lead_joined_event

COMPLETE = SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, CUSTOMER)
INCOMPLETE = replace(COMPLETE, mapping=MAPPING[:1])


def attention(world: World, campaign: str = CAMPAIGN) -> Attention | None:
    table = AttentionTable(world.campaign_table, world.wiring.dynamodb)
    return table.load([(ACCOUNT, campaign)]).get((ACCOUNT, campaign))


def told(world: World) -> tuple[AttentionReason, bool, int, int] | None:
    """Reason, whether it is open, how many wait, and how often the row changed."""
    found = attention(world)
    return (found.reason, found.open, found.waiting, found.version) if found else None


def test_a_campaign_that_breaks_after_it_was_complete_is_told_once_and_when_it_is_mended(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sweep()
    before = attention(world)
    world.sim(f"portals/{PORTAL}/properties", {"archive": ["referral_code"]})
    world.wiring.fit(ACCOUNT, CAMPAIGN, "lead")
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.sweep()
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)
    broken = told(world)
    world.save(replace(COMPLETE, mapping=MAPPING[:2]))
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)
    world.sweep()

    assert before is None
    assert broken == (AttentionReason.SETUP, True, 1, 1)
    assert told(world) == (AttentionReason.SETUP, False, 0, 2)


def test_what_breaks_in_hubspot_is_found_within_the_hour_by_itself(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim(f"portals/{PORTAL}/properties", {"archive": ["referral_code"]})

    world.sweep()

    assert told(world) == (AttentionReason.SETUP, True, 0, 1)


def test_a_campaign_that_was_complete_is_missed_though_nobody_ever_joined(world: World) -> None:
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.save(COMPLETE)
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)
    world.save(INCOMPLETE)

    world.sweep()

    assert told(world) == (AttentionReason.SETUP, True, 0, 1)


def test_a_campaign_that_is_being_set_up_is_its_admins_own_affair_until_somebody_waits(world: World) -> None:
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.save(INCOMPLETE)
    world.sweep()
    before = attention(world)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.sweep()

    assert before is None
    assert told(world) == (AttentionReason.SETUP, True, 1, 1)


def test_a_lost_connection_is_told_and_is_over_after_reconnecting(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("revoke", {"portal": PORTAL})
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.sweep()
    lost = told(world)
    world.connect()
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    assert lost == (AttentionReason.RECONNECT, True, 1, 1)
    assert told(world) == (AttentionReason.RECONNECT, False, 0, 2)


def test_one_reason_after_the_other_is_told_in_one_change(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(INCOMPLETE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    waited(world, "l1", 8)
    world.sweep()
    first = told(world)
    world.save(COMPLETE)
    world.sweep()
    second = told(world)

    Admin(world).answers("held", "do_not_send")

    assert first == (AttentionReason.SETUP, True, 1, 1)
    assert second == (AttentionReason.ASKS_FIRST, True, 1, 2)
    assert told(world) == (AttentionReason.ASKS_FIRST, False, 0, 3)


def test_disconnecting_ends_it(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(INCOMPLETE)
    world.sweep()

    world.wiring.disconnect(ACCOUNT, CAMPAIGN)
    world.sweep()

    assert told(world) == (AttentionReason.SETUP, False, 0, 2)


def test_a_deleted_campaign_waits_for_nobody(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(INCOMPLETE)
    world.sweep()

    world.deliver(
        event(
            "campaign.updated.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, name="Spring", state="deleted", version=9
        )
    )
    world.sweep()

    assert told(world) == (AttentionReason.SETUP, False, 0, 2)


def test_what_two_sweeps_see_at_once_is_told_once(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(INCOMPLETE)
    world.sweep()
    table = AttentionTable(world.campaign_table, world.wiring.dynamodb)
    stored = attention(world)
    assert stored is not None

    again = table.store((ACCOUNT, CAMPAIGN), stored)

    assert not again
    assert told(world) == (AttentionReason.SETUP, True, 0, 1)
