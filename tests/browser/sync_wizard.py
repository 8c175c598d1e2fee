"""The guide's sync of existing contacts: the way to its wizard, its steps, and what then stands above the table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Frame, Locator, expect

from tests.stack.driver import Driver

RUN_MS = 60_000


@contextmanager
def held_reading(campaign: Driver) -> Iterator[None]:
    """Meanwhile HubSpot keeps syncs of all contacts waiting for them, so that a run is seen."""
    hold = campaign.hubspot.hold("contacts.list", times=None)
    try:
        yield
    finally:
        hold.release()


def press(frame: Frame | Locator, name: str) -> None:
    frame.get_by_role("button", name=name, exact=True).click()


def add_referrers(frame: Frame) -> None:
    """From the Referrers table to the wizard's first step."""
    expect(frame.get_by_role("heading", name="Referrers", exact=True)).to_be_visible()
    frame.get_by_role("button", name="Add Referrers").first.click()
    frame.get_by_role("dialog", name="Add Referrers").get_by_role("button", name="Sync").click()
    frame.get_by_role("dialog", name="Sync").get_by_role("button", name="HubSpot").click()
    expect(frame.get_by_role("heading", name="HubSpot Sync Setup")).to_be_visible()
    on_step(frame, "Select Contacts")


def on_step(frame: Frame, name: str) -> None:
    expect(frame.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(frame.get_by_role("navigation", name="Steps").locator("[aria-current=step]")).to_have_text(name)


def go_on(frame: Frame, to: str) -> None:
    press(frame, "Next")
    on_step(frame, to)


def choose(frame: Frame, field: str, option: str) -> None:
    """Choose a HubSpot field by its label, as typing finds it."""
    hubspot_field(frame, field).fill(option)
    frame.get_by_role("option", name=re.compile(f"^{option}")).click()


def hubspot_field(frame: Frame, field: str) -> Locator:
    """What a field of the platform is mapped to."""
    return frame.get_by_role("combobox", name=re.compile(f"^{field}( required)?$"))


def to_confirm(frame: Frame) -> None:
    """From the first step to the last one, with what is proposed."""
    go_on(frame, "Map Fields")
    go_on(frame, "Map Return Fields")
    go_on(frame, "Confirm")
    expect(frame.get_by_text("Nobody is e-mailed by this sync.")).to_be_visible()


def start(frame: Frame) -> None:
    press(frame, "Start Sync")
    expect(frame.get_by_role("heading", name="Referrers", exact=True)).to_be_visible()
    expect(frame.get_by_text("Your HubSpot sync has started.")).to_be_visible()


def card(frame: Frame, contacts: str) -> Locator:
    return frame.get_by_role("region", name=f"Sync of {contacts}")


def people(frame: Frame) -> Locator:
    return frame.get_by_role("table", name="Referrers").locator("tbody tr")
