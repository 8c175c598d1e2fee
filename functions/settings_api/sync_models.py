"""What the API of syncs takes and gives."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from .models import Answer, Request

Text = Annotated[str, Field(max_length=1_000)]
Rate = Literal["once", "15m", "1h", "6h", "24h"]
SyncState = Literal["running", "waiting", "paused", "broken", "stopped", "finished"]
State = Literal["unanswered", "declined", "refused"]


class ReturnsRequest(Request):
    """Which HubSpot property takes which return field; these three only. Blank: it is not written."""

    referral_link: Text
    referrals_count: Text = ""
    converted_referrals_count: Text = ""


class PlanRequest(Request):
    """A sync as it is planned. `list_id` blank: all contacts.

    `fields` says which HubSpot property each field is read from: `first_name`, `email`, and `fields.` with the key of a
    field of the campaign's own form.
    """

    list_id: Text = ""
    fields: Annotated[dict[Text, Text], Field(max_length=100)]
    returns: ReturnsRequest
    every: Rate


class StartRequest(PlanRequest):
    """`people` is the number that was typed to confirm; needed above 1,000 people."""

    people: int | None = None


class RateRequest(Request):
    """How often an ongoing sync runs."""

    every: Literal["15m", "1h", "6h", "24h"]


class AskAgainRequest(Request):
    """Whom to ask for again, from a cursor on."""

    state: Literal["unanswered", "declined"] = "unanswered"
    cursor: Text = ""


class ListAnswer(Answer):
    """A list of contacts in HubSpot (a segment); `size` is null where HubSpot does not say."""

    list_id: str
    name: str
    size: int | None
    dynamic: bool


class ListsAnswer(Answer):
    """At most 100 lists; search for a part of the name to find others."""

    lists: list[ListAnswer]


class PreviewAnswer(Answer):
    """What a sync will take.

    `estimated`: who is without an e-mail address or a referrer already was counted among some only. `confirm`: `people`
    has to be sent with the start.
    """

    people: int
    without_email: int
    already_referrers: int
    estimated: bool
    hubspot_calls: int
    minutes: int
    confirm: bool
    notice: str
    warnings: list[str]


class RunAnswer(Answer):
    """A run of a sync: everybody, newcomers, or a comparison of everybody's id.

    `ended_at`, and what follows `asked`, is known once it ended; `message` and `next_step` say what stopped it.
    """

    run_id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None = None
    read: int
    without_email: int
    already_referrers: int
    asked: int
    joined: int | None = None
    declined: int | None = None
    unanswered: int | None = None
    cause: str = ""
    message: str = ""
    next_step: str = ""


class RunsAnswer(Answer):
    """Runs that ended, newest first."""

    runs: list[RunAnswer]


class SyncAnswer(Answer):
    """A sync, and its run if one is open.

    `state`: running, waiting (for its next run), paused, broken (`message` and `next_step` say why), stopped or
    finished. `people` is how many contacts there were when it was started.
    """

    sync_id: str
    list_id: str
    list_name: str
    fields: dict[str, str]
    returns: dict[str, str]
    every: Rate
    started_by: str
    started_at: datetime
    looked_at: datetime | None
    people: int
    state: SyncState
    cause: str
    message: str
    next_step: str
    run: RunAnswer | None


class SyncsAnswer(Answer):
    """The campaign's syncs, oldest first."""

    syncs: list[SyncAnswer]


class SyncProgressAnswer(Answer):
    """A sync with how many of its contacts wait for an answer, were declined, or are refused by HubSpot."""

    sync: SyncAnswer
    unanswered: int
    declined: int
    refused: int


class SyncContactAnswer(Answer):
    """A contact of a sync by its id in HubSpot, with the platform's or HubSpot's reason."""

    contact_id: str
    record_link: str
    since: datetime
    reason: str


class SyncContactsAnswer(Answer):
    """Contacts in no order; `cursor` is where the next page begins, blank on the last."""

    contacts: list[SyncContactAnswer]
    cursor: str


class AskedAgainAnswer(Answer):
    """How many were asked for again; with a `cursor`, more are left to be asked for from there."""

    asked: int
    cursor: str
