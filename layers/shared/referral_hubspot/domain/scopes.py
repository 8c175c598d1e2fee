"""What a HubSpot admin is asked to allow; certification checks that every one of these is in use."""

from collections.abc import Iterable, Mapping

REQUIRED = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
)

DEALS = (
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
)
"""For the action *Create new Deals in HubSpot*; the last one makes the unique property that keeps deals single."""

DEAL_KEY = DEALS[-1]

OWNERS = ("crm.objects.owners.read",)
"""To offer the names of HubSpot's users where a property is one of them."""

RETURN_PROPERTIES = ("crm.schemas.contacts.write",)
"""To make the contact properties that referral links and counts are written to."""

LISTS = ("crm.lists.read",)
"""To sync the contacts of one list."""

OPTIONAL = (*DEALS, *OWNERS, *RETURN_PROPERTIES, *LISTS)
"""An admin may leave these out; what needs one of them then says so."""

DOINGS: Mapping[str, str] = {
    "oauth": "to sign in",
    "crm.objects.contacts.read": "to read contacts",
    "crm.objects.contacts.write": "to create and change contacts",
    "crm.schemas.contacts.read": "to read which contact properties there are",
    "crm.objects.deals.read": "to read deals",
    "crm.objects.deals.write": "to create deals",
    "crm.schemas.deals.read": "to read which pipelines and deal properties there are",
    "crm.schemas.deals.write": "to add the one deal property that keeps a person from becoming two deals",
    "crm.objects.owners.read": "to read the names of HubSpot's users",
    "crm.schemas.contacts.write": "to add contact properties for referral links and counts",
    "crm.lists.read": "to read lists of contacts",
}
"""What each permission lets us do, in people's words: no text names a permission otherwise."""


def doings(absent: Iterable[str]) -> str:
    """What is not possible without these permissions, to follow "HubSpot does not allow us".

    HubSpot may name only permissions that we never ask for, or none at all.
    """
    *others, last = [DOINGS[scope] for scope in absent if scope in DOINGS] or ["what this takes"]
    return f"{', '.join(others)} and {last}" if others else last


def feature(scope: str) -> str:
    """What does not work without a permission, as people call it."""
    named = (
        (DEALS, "Create new Deals in HubSpot"),
        (OWNERS, "Choosing HubSpot's users by name"),
        (RETURN_PROPERTIES, "Making the HubSpot properties for referral links"),
        (LISTS, "Choosing a HubSpot list"),
    )
    return next((words for scopes, words in named if scope in scopes), "The whole connection")


def missing(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Those needed that were not granted, in their order; the basic `oauth` is never listed by HubSpot's users."""
    there = set(granted) | {"oauth"}
    return tuple(scope for scope in needed if scope not in there)
