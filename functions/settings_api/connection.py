"""A campaign's connection to HubSpot."""

from dataclasses import replace
from datetime import UTC, datetime

from referral_hubspot.domain import scopes
from referral_hubspot.domain.settings import Binding, BindingState
from referral_hubspot.runtime.observability import count, logger

from .endpoint import Call
from .models import (
    ConnectionAnswer,
    ConnectRequest,
    ConnectUrlAnswer,
    HubSpotAccountAnswer,
    NotAllowedAnswer,
    ShareConnectionRequest,
)


def show(call: Call) -> ConnectionAnswer:
    """Whether the campaign is connected, and to what."""
    binding = call.known.binding
    if binding is None:
        return ConnectionAnswer(
            status="not_connected",
            status_label="Not connected",
            account=None,
            connected_by=None,
            connected_at=None,
            next_step="Connect HubSpot.",
            not_allowed=[],
            read_until=None,
            reading="HubSpot is not connected, so it is not read.",
        )
    read_until = _read_until(call, binding)
    lost = binding.state is BindingState.LOST
    return ConnectionAnswer(
        status="reconnect_needed" if lost else "connected",
        status_label="Connection lost: reconnect" if lost else "Connected",
        account=HubSpotAccountAnswer(id=binding.portal_id, name=binding.portal_name),
        connected_by=binding.connected_by,
        connected_at=binding.connected_at,
        next_step="Reconnect HubSpot: what waits then goes out by itself." if lost else "",
        not_allowed=_not_allowed(binding),
        read_until=read_until,
        reading=_reading(call, read_until),
    )


def start(call: Call) -> ConnectUrlAnswer:
    """An address that starts connecting."""
    request = call.parsed(ConnectRequest)
    campaign = call.known.campaign
    url = call.services.connect_url.start(
        campaign.account_id, campaign.campaign_id, call.caller.name, request.return_url
    )
    return ConnectUrlAnswer(connect_url=url)


def share(call: Call) -> ConnectionAnswer:
    """Connect at once to a HubSpot account that another campaign uses; where that is so already, nothing happens."""
    request = call.parsed(ShareConnectionRequest)
    campaign, caller = call.known.campaign, call.caller
    account_id, campaign_id = campaign.account_id, campaign.campaign_id
    call.services.share_connection(
        account_id,
        campaign_id,
        request.hubspot_account_id,
        caller.name,
        leaving=request.leaving,
        among=caller.campaigns,
    )
    logger.info("hubspot_connected", account_id=account_id, campaign_id=campaign_id)
    count("HubSpotConnected")
    return show(replace(call, campaign=call.services.find_campaign(account_id, campaign_id)))


def remove(call: Call) -> None:
    """Disconnect; a campaign that is not connected stays so."""
    campaign = call.known.campaign
    call.services.disconnect(campaign.account_id, campaign.campaign_id)


def _not_allowed(binding: Binding) -> list[NotAllowedAnswer]:
    return [
        NotAllowedAnswer(
            scope=scope,
            label=f"Not allowed: {scopes.DOINGS[scope]}",
            feature=scopes.feature(scope),
            next_step="Connect HubSpot again and leave this permission ticked there.",
        )
        for scope in scopes.missing((*scopes.REQUIRED, *scopes.OPTIONAL), binding.scopes)
    ]


def _read_until(call: Call, binding: Binding) -> datetime | None:
    rules = call.known.leads.rules
    return call.services.read_progress(binding.account_id, binding.portal_id, binding.campaign_id, rules).read_until


def _reading(call: Call, read_until: datetime | None) -> str:
    if not call.known.leads.rules:
        return "The Leads settings say Do not qualify my referrals, so HubSpot is not read."
    if read_until is None:
        return "HubSpot was not read for the rule yet; that happens within minutes."
    return f"Every change in HubSpot until {read_until.astimezone(UTC):%d %B %Y, %H:%M} UTC was looked at."
