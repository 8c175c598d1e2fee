"""HubSpot's contacts become referrers of a campaign, each once, and get their links."""

from datetime import timedelta

import pytest

from referral_hubspot.domain.people import Happening, State
from referral_hubspot.domain.syncs import Cause, RunKind, Status
from tests.inprocess.syncs import a_list, seed
from tests.inprocess.test_records import deleted
from tests.syncing import Syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL


@pytest.mark.parametrize("of_list", [False, True], ids=["all contacts", "a list"])
def test_everybody_with_an_address_becomes_a_referrer_and_gets_a_link(here: Syncing, of_list: bool) -> None:
    contacts = seed(here.world, 320)
    blank = seed(here.world, 3, start=900, email="")
    others = [] if not of_list else seed(here.world, 5, start=2000)

    here.start(here.plan(a_list(here.world, contacts + blank) if of_list else ""))
    here.settle()

    sync = here.sync()
    assert (sync.status, sync.run) == (Status.FINISHED, None)
    [past] = here.wiring.syncs.runs(ACCOUNT, CAMPAIGN, "s1", 10)
    assert (past.counts.read, past.counts.without_email, past.counts.asked, past.joined) == (323, 3, 320, 320)
    assert sorted(here.platform.asked) == sorted(f"{CAMPAIGN}:{PORTAL}:{one}" for one in contacts)
    for contact in (contacts[0], contacts[-1]):
        assert here.contact(contact)["referral_link"] == f"https://refer.example.com/{contact}"
        assert here.contact(contact)["referrals"] == "0"
    referrer = here.referrer(contacts[7])
    assert referrer is not None
    assert (referrer.state, referrer.record_id, referrer.return_due_at) == (State.SENT, contacts[7], None)
    assert [entry.what for entry in referrer.timeline][-1] is Happening.SYNCED
    assert all(here.contact(one).get("referral_link") is None for one in (*blank, *others))


def test_an_ongoing_sync_finds_who_is_new_and_asks_nobody_twice(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    here.start(here.plan(list_id := a_list(here.world, contacts), 15))
    here.settle()
    late = seed(here.world, 4, start=500)
    here.world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": late})

    here.pass_by(timedelta(minutes=15))
    here.tick()
    here.settle()

    assert sorted(here.platform.asked) == sorted(f"{CAMPAIGN}:{PORTAL}:{one}" for one in contacts + late)
    assert here.contact(late[-1])["referral_link"]
    newest, _ = here.wiring.syncs.runs(ACCOUNT, CAMPAIGN, "s1", 10)
    assert (newest.kind, newest.counts.asked, newest.cause) == (RunKind.NEWCOMERS, 4, Cause.NONE)


def test_who_is_forgotten_in_hubspot_is_forgotten_here_although_only_a_sync_knows_the_contact(here: Syncing) -> None:
    contact, other = seed(here.world, 2)
    here.start(here.plan())
    here.settle()

    here.world.changed([deleted(contact, "contact.privacyDeletion")])

    gone, kept = here.referrer(contact), here.referrer(other)
    assert gone is not None
    assert kept is not None
    assert (gone.state, gone.email, dict(gone.details)) == (State.ERASED, "", {})
    assert kept.state is State.SENT
