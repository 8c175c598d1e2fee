"""Which contact properties return fields can be written to, and those that we make for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.sync_fit import takes
from referral_hubspot.domain.syncs import Return

GROUP = "referral_platform"
"""The group of properties that ours stand in."""

# Names that a customer's own properties would hardly have: what somebody made is not to be taken for ours.
OURS: Mapping[Return, Property] = {
    Return.LINK: Property(f"{GROUP}_link", "Referral link", "string", "text", GROUP, True),
    Return.REFERRALS: Property(f"{GROUP}_referrals", "Referrals", "number", "number", GROUP, True),
    Return.CONVERTED: Property(f"{GROUP}_converted_referrals", "Converted referrals", "number", "number", GROUP, True),
}

REQUIRED = frozenset({Return.LINK})

LABELS: Mapping[Return, str] = {
    Return.LINK: "Referral Link",
    Return.REFERRALS: "Referrals Count",
    Return.CONVERTED: "Converted Referrals Count",
}

_CALLED: Mapping[Return, frozenset[str]] = {
    Return.LINK: frozenset({"referral link", "referral url"}),
    Return.REFERRALS: frozenset({"referrals", "referrals count", "referral count", "number of referrals"}),
    Return.CONVERTED: frozenset({"converted referrals", "converted referrals count", "converted referral count"}),
}
"""What somebody would call a property made for it."""


@dataclass(frozen=True, slots=True)
class ReturnField:
    """A return field with the properties that it can be written to, and the one to begin with ("" for none)."""

    kind: Return
    properties: tuple[Property, ...]
    suggested: str

    @property
    def made(self) -> bool:
        """Whether the property that we make for it is there, and takes it."""
        return OURS[self.kind].name in {one.name for one in self.properties}


def return_fields(properties: Iterable[Property]) -> list[ReturnField]:
    """Each return field, given the properties of contacts."""
    shown = [one for one in properties if not one.hidden]
    return [_field(kind, [one for one in shown if takes(one, kind)]) for kind in Return]


def _field(kind: Return, fitting: Sequence[Property]) -> ReturnField:
    by_label = tuple(sorted(fitting, key=lambda one: (one.label.lower(), one.name)))
    ours = [one.name for one in by_label if one.name == OURS[kind].name]
    alike = [one.name for one in by_label if {_words(one.name), _words(one.label)} & _CALLED[kind]]
    return ReturnField(kind, by_label, next(iter([*ours, *alike]), ""))


def _words(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


class PropertyNotMadeError(PermanentError):
    """HubSpot has no property of this name that takes what it is for, though it was asked to make it."""

    def __init__(self, wanted: Property) -> None:
        super().__init__(f"HubSpot has no contact property {wanted.name} of the type {wanted.type}")
        self.name = wanted.name
        self.label = wanted.label
