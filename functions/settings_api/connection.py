"""A campaign's connection to HubSpot."""

from referral_hubspot.domain.settings import BindingState

from .endpoint import Call
from .models import ConnectionAnswer, ConnectRequest, ConnectUrlAnswer, HubSpotAccountAnswer


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
        )
    lost = binding.state is BindingState.LOST
    return ConnectionAnswer(
        status="reconnect_needed" if lost else "connected",
        status_label="Connection lost: reconnect" if lost else "Connected",
        account=HubSpotAccountAnswer(id=binding.portal_id, name=binding.portal_name),
        connected_by=binding.connected_by,
        connected_at=binding.connected_at,
        next_step="Reconnect HubSpot: what waits then goes out by itself." if lost else "",
    )


def start(call: Call) -> ConnectUrlAnswer:
    """An address that starts connecting."""
    request = call.parsed(ConnectRequest)
    campaign = call.known.campaign
    url = call.services.connect_url.start(
        campaign.account_id, campaign.campaign_id, call.caller.name, request.return_url
    )
    return ConnectUrlAnswer(connect_url=url)


def remove(call: Call) -> None:
    """Disconnect; a campaign that is not connected stays so."""
    campaign = call.known.campaign
    call.services.disconnect(campaign.account_id, campaign.campaign_id)
