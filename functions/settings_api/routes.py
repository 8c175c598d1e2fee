"""Every operation of the HTTP API; the API's description is made from this table too."""

from . import connection, lead_settings, leads, properties
from .endpoint import Endpoint, Parameter
from .models import (
    ConnectionAnswer,
    ConnectRequest,
    ConnectUrlAnswer,
    LeadsAnswer,
    LeadSettingsAnswer,
    LeadSettingsRequest,
    LeadStoryAnswer,
    PropertiesAnswer,
)

_CAMPAIGN = "/v1/campaigns/{campaign_id}"

_REFRESH = Parameter(
    "refresh", "Read HubSpot instead of what was read last.", {"type": "string", "enum": ["true", "false"]}
)
_LIMIT = Parameter(
    "limit",
    "Leads on a page.",
    {"type": "integer", "minimum": 1, "maximum": leads.MAX_LIMIT, "default": leads.DEFAULT_LIMIT},
)
_CURSOR = Parameter("cursor", "The `cursor` of the page before.", {"type": "string"})

ROUTES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot",
        "showConnection",
        "Whether the campaign is connected to HubSpot",
        connection.show,
        ConnectionAnswer,
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/hubspot/connect",
        "startConnecting",
        "An address that starts connecting",
        connection.start,
        ConnectUrlAnswer,
        ConnectRequest,
        problems=(400, 422),
    ),
    Endpoint(
        "DELETE",
        f"{_CAMPAIGN}/hubspot",
        "disconnect",
        "Disconnect the campaign; settings stay, nothing is deleted in HubSpot",
        connection.remove,
        problems=(409,),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/leads",
        "showLeadSettings",
        "What happens to leads, and what is missing before it can",
        lead_settings.show,
        LeadSettingsAnswer,
    ),
    Endpoint(
        "PUT",
        f"{_CAMPAIGN}/hubspot/leads",
        "saveLeadSettings",
        "Save what happens to leads; the same request again does no harm",
        lead_settings.save,
        LeadSettingsAnswer,
        LeadSettingsRequest,
        problems=(400, 409, 422, 503),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/properties/{{object}}",
        "listProperties",
        "The properties of the connected HubSpot account",
        properties.show,
        PropertiesAnswer,
        query=(_REFRESH,),
        problems=(409, 422, 503),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/leads",
        "listLeads",
        "Leads, newest first",
        leads.page,
        LeadsAnswer,
        query=(_LIMIT, _CURSOR),
        problems=(422,),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/leads/{{lead_id}}",
        "showLead",
        "One lead with everything that happened to it",
        leads.show,
        LeadStoryAnswer,
    ),
)
