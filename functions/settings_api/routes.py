"""Every operation of the HTTP API; the API's description is made from this table too."""

from typing import get_args

from . import check, connection, lead_settings, leads, lookups, questions, status, syncs, test_lead
from .endpoint import Endpoint, Parameter
from .models import (
    ConnectionAnswer,
    ConnectionCheckAnswer,
    ConnectRequest,
    ConnectUrlAnswer,
    LeadsAnswer,
    LeadSettingsAnswer,
    LeadSettingsRequest,
    LeadStoryAnswer,
    PipelinesAnswer,
    PropertiesAnswer,
    QuestionRequest,
    QuestionsAnswer,
    StatusAnswer,
    TestLeadAnswer,
    TestLeadsAnswer,
)
from .sync_models import (
    AskAgainRequest,
    AskedAgainAnswer,
    ListsAnswer,
    PlanRequest,
    PreviewAnswer,
    RateRequest,
    RunsAnswer,
    StartRequest,
    State,
    SyncAnswer,
    SyncContactsAnswer,
    SyncProgressAnswer,
    SyncsAnswer,
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

_SYNC = f"{_CAMPAIGN}/syncs/{{sync_id}}"

SYNC_ROUTES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/lists",
        "listContactLists",
        "Lists of contacts (segments) of the connected HubSpot account, by name",
        syncs.lists,
        ListsAnswer,
        query=(Parameter("query", "Part of the name.", {"type": "string"}),),
        problems=(409, 503),
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/syncs/preview",
        "previewSync",
        "What a sync would take; nothing is started",
        syncs.preview,
        PreviewAnswer,
        PlanRequest,
        problems=(400, 409, 422, 503),
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/syncs",
        "startSync",
        "Enrol HubSpot's contacts as referrers; the same request again finds the sync it started",
        syncs.start,
        SyncAnswer,
        StartRequest,
        problems=(400, 409, 422, 503),
    ),
    Endpoint("GET", f"{_CAMPAIGN}/syncs", "listSyncs", "The campaign's syncs", syncs.listed, SyncsAnswer),
    Endpoint("GET", _SYNC, "showSync", "One sync, and how far it came", syncs.show, SyncProgressAnswer),
    Endpoint(
        "PUT",
        _SYNC,
        "changeSyncRate",
        "How often an ongoing sync runs",
        syncs.change_rate,
        SyncAnswer,
        RateRequest,
        problems=(400, 409, 422, 503),
    ),
    Endpoint(
        "DELETE", _SYNC, "removeSync", "Forget a sync; who is enrolled stays so, HubSpot is told no more", syncs.remove
    ),
    Endpoint(
        "POST", f"{_SYNC}/pause", "pauseSync", "Enrol nobody for a while", syncs.pause, SyncAnswer, problems=(409, 503)
    ),
    Endpoint(
        "POST",
        f"{_SYNC}/resume",
        "resumeSync",
        "Go on after a pause, or after what stopped it was mended",
        syncs.resume,
        SyncAnswer,
        problems=(409, 503),
    ),
    Endpoint(
        "POST",
        f"{_SYNC}/stop",
        "stopSync",
        "Enrol nobody any more; return fields are kept current",
        syncs.stop,
        SyncAnswer,
        problems=(503,),
    ),
    Endpoint("GET", f"{_SYNC}/runs", "listSyncRuns", "Runs that ended, newest first", syncs.runs, RunsAnswer),
    Endpoint(
        "GET",
        f"{_SYNC}/contacts",
        "listSyncContacts",
        "Contacts without an answer, declined, or refused by HubSpot",
        syncs.contacts,
        SyncContactsAnswer,
        query=(
            Parameter(
                "state", "Which ones.", {"type": "string", "enum": list(get_args(State)), "default": "unanswered"}
            ),
            _CURSOR,
        ),
        problems=(422,),
    ),
    Endpoint(
        "POST",
        f"{_SYNC}/ask-again",
        "askAgain",
        "Ask the platform again for contacts without an answer, or declined",
        syncs.ask_again,
        AskedAgainAnswer,
        AskAgainRequest,
        problems=(400, 409, 422, 503),
    ),
)

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
        lookups.properties,
        PropertiesAnswer,
        query=(_REFRESH,),
        problems=(409, 422, 503),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/pipelines",
        "listPipelines",
        "The pipelines of deals of the connected HubSpot account",
        lookups.pipelines,
        PipelinesAnswer,
        query=(_REFRESH,),
        problems=(409, 422, 503),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/questions",
        "listQuestions",
        "What the campaign's admin is asked now",
        questions.show,
        QuestionsAnswer,
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/hubspot/questions/{{code}}",
        "answerQuestion",
        "Answer a question; the same answer again does no harm, of two different ones the later counts",
        questions.answer,
        body=QuestionRequest,
        problems=(400, 409, 422, 503),
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/hubspot/test-lead",
        "sendTestLead",
        "Send a made-up lead into HubSpot by the saved settings; each request sends another one",
        test_lead.send,
        TestLeadAnswer,
        problems=(409, 503),
    ),
    Endpoint(
        "GET",
        f"{_CAMPAIGN}/hubspot/test-lead",
        "listTestLeads",
        "The test leads of the last day that were not deleted",
        test_lead.recent,
        TestLeadsAnswer,
    ),
    Endpoint(
        "DELETE",
        f"{_CAMPAIGN}/hubspot/test-lead/{{lead_id}}",
        "deleteTestLead",
        "Delete a test lead and what it made in HubSpot",
        test_lead.remove,
        problems=(409, 503),
    ),
    Endpoint(
        "POST",
        f"{_CAMPAIGN}/hubspot/check",
        "checkConnection",
        "Check the connection line by line; makes a contact in HubSpot and deletes it again",
        check.run,
        ConnectionCheckAnswer,
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
    Endpoint(
        "GET",
        "/v1/status",
        "showStatus",
        "Whether everything works; for any user, of any campaign",
        status.show,
        StatusAnswer,
    ),
    *SYNC_ROUTES,
)
