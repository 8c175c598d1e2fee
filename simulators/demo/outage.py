"""HubSpot goes away while people join, and comes back."""

import time
from dataclasses import dataclass

from simulators.demo.cast import Cast
from simulators.demo.comparison import Records, compare
from simulators.demo.joining import publish
from simulators.demo.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Outage:
    """What happened meanwhile; `before` is what HubSpot had when it went away."""

    before: Records
    published: int
    waited: int


def play_outage(cast: Cast) -> Outage:
    """Publish the leads that become deals while HubSpot is away, and follow them until all are there."""
    leads, say = cast.scenario.joining_deals(), cast.narrator.say
    before, last_call = cast.records(), cast.hubspot.last_call()
    cast.narrator.act("HubSpot goes away while people join a third campaign, whose leads become deals")
    with cast.hubspot.away():
        published = publish(cast, cast.scenario.messages_while_away)
        waited = _wait_until_all_wait(cast)
    came_back = time.monotonic()
    _wait_until_none_waits(cast, waited)
    took = time.monotonic() - came_back
    found = compare(leads, before, cast.records())
    left = sum(state != "sent" for state in cast.states(leads).values())
    say(
        f"  HubSpot is back: waiting {waited} → {left}, lost {len(found.lost)}, doubled {found.doubled}, "
        f"after {took:.0f} s and without anyone's help"
    )
    if unanswered := sum(call["rows"] for call in cast.hubspot.calls_since(last_call) if _was_unanswered(call)):
        say(
            f"  The last call that it carried out had created {unanswered} deals, and was never answered: "
            "they were found by their keys, not made twice"
        )
    return Outage(before, published, waited)


def _wait_until_all_wait(cast: Cast) -> int:
    leads = cast.scenario.joining_deals()
    most = 0
    with cast.narrator.ticker() as tick:

        def look() -> tuple[bool, str]:
            nonlocal most
            waiting = sum(state == "held" for state in cast.states(leads).values())
            most = max(most, waiting)
            tick(f"HubSpot answers 503: waiting {waiting} of {len(leads)}")
            return waiting >= len(leads), f"{waiting} of {len(leads)} waiting"

        wait_until("leads held until HubSpot answers again", look, seconds=90, look_at=f"{cast.stack.platform_url}/")
    cast.narrator.say(f"  HubSpot answers 503 to everything: {most} leads wait, and their admin can see why")
    return most


def _wait_until_none_waits(cast: Cast, waited: int) -> None:
    leads = cast.scenario.joining_deals()
    with cast.narrator.ticker() as tick:

        def look() -> tuple[bool, str]:
            left = sum(state != "sent" for state in cast.states(leads).values())
            tick(f"HubSpot answers again: waiting {waited} → {left}")
            return not left, f"{left} not sent yet"

        wait_until("leads sent after HubSpot is back", look, seconds=120, look_at="`make errors` and `make why`")


def _was_unanswered(call: dict[str, object]) -> bool:
    return str(call["fault"] or "").endswith("after commit")
