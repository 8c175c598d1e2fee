"""What the platform is told of contacts that it is asked to enrol."""

from collections.abc import Callable, Iterable, Iterator

from referral_hubspot.domain.crm import Contact
from referral_hubspot.domain.syncs import FIRST_NAME, Enrolment, Newcomer, Plan

HUNDRED = 100
"""Contacts of one HubSpot call, and of one request to the platform."""

CUSTOM = "fields."
"""What the names of the campaign's own fields begin with."""

_REQUEST_WEIGHT = 200_000
_LONGEST = 4_000  # characters of one value


def newcomer(plan: Plan, enrolment: Enrolment, contact: Contact, email: str) -> Newcomer:
    """A contact in the platform's own words."""
    fields = {
        name.removeprefix(CUSTOM): value[:_LONGEST]
        for name, source in plan.fields.items()
        if name.startswith(CUSTOM) and (value := contact.properties.get(source, ""))
    }
    first_name = contact.properties.get(plan.fields[FIRST_NAME], "")
    return Newcomer(enrolment.enrolment_id, email, first_name[:_LONGEST], fields)


def requests(newcomers: Iterable[Newcomer]) -> Iterator[list[Newcomer]]:
    """Requests that one announcement takes."""
    return packed(newcomers, HUNDRED, lambda newcomer: newcomer.weight)


def packed[T](items: Iterable[T], most: int, weight: Callable[[T], int]) -> Iterator[list[T]]:
    """Groups of at most so many, which one announcement takes."""
    group: list[T] = []
    heavy = 0
    for one in items:
        own = weight(one)
        if group and (len(group) == most or heavy + own > _REQUEST_WEIGHT):
            yield group
            group, heavy = [], 0
        group.append(one)
        heavy += own
    if group:
        yield group
