"""Whom HubSpot knows already."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from referral_hubspot.domain.crm import Contact
from referral_hubspot.domain.errors import RequestRefusedError
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.write_rows import ROWS_PER_CALL


def recognised(crm: Crm, emails: Sequence[str], properties: Sequence[str]) -> dict[str, Contact]:
    """Contacts by address, in the fewest calls.

    An address for which HubSpot refuses the whole look-up costs the others nothing: it counts as not
    found, and the write that follows is refused or answered with the record that has it.
    """
    found: dict[str, Contact] = {}
    for start in range(0, len(emails), ROWS_PER_CALL):
        found |= _looked_up(crm, emails[start : start + ROWS_PER_CALL], properties)
    return found


def _looked_up(crm: Crm, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
    try:
        return crm.read_contacts_by_email(emails, properties)
    except RequestRefusedError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
    if len(emails) == 1:
        return {}
    middle = len(emails) // 2
    return {**_looked_up(crm, emails[:middle], properties), **_looked_up(crm, emails[middle:], properties)}
