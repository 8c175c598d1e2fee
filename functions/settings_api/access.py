"""Who calls, and what they may do; all of it comes from the token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from referral_hubspot.domain.ids import ID
from referral_hubspot.usecases.find_campaign import UnknownCampaignError

from .problems import problem


@dataclass(frozen=True, slots=True)
class Caller:
    """A user of one customer account; `campaigns` are those they may see, None for all."""

    account_id: str
    name: str
    is_admin: bool
    campaigns: frozenset[str] | None

    def must_reach(self, campaign_id: str) -> None:
        """End the request as for a campaign that does not exist, unless the token allows it.

        Raises:
            UnknownCampaignError: it does not.
        """
        if not ID.fullmatch(campaign_id) or (self.campaigns is not None and campaign_id not in self.campaigns):
            raise UnknownCampaignError(self.account_id, campaign_id)

    def must_write(self) -> None:
        """End the request unless the caller is an admin.

        Raises:
            ProblemError: 403.
        """
        if not self.is_admin:
            detail = "You can look at this, not change it."
            raise problem(403, "read_only", detail, "Ask an admin of this account to do it.")


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller whom the API's authorizer vouches for.

    Raises:
        ProblemError: 403, the token names no account.
    """
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    account_id = claims.get("account_id", "")
    if not ID.fullmatch(account_id):
        step = "Ask the platform for a token with the claim account_id."
        raise problem(403, "token_without_account", "The token names no account.", step)
    campaigns = claims.get("campaign_ids")
    return Caller(
        account_id=account_id,
        name=claims.get("name") or claims.get("sub", ""),
        is_admin=claims.get("role") == "admin",
        campaigns=None if campaigns is None else frozenset(campaigns.split()),
    )
