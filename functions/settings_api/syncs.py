"""Syncs: HubSpot's contacts become referrers of the campaign."""

import re
from typing import get_args

from referral_hubspot.domain.crm import ObjectType, record_link
from referral_hubspot.domain.settings import Binding
from referral_hubspot.domain.sync_words import words
from referral_hubspot.domain.syncs import (
    ONCE,
    EnrolmentState,
    PastRun,
    Plan,
    Return,
    Run,
    Status,
    Sync,
)

from .endpoint import Call
from .lookups import connected
from .models import MAX_ROWS
from .problems import problem
from .sync_models import (
    AskAgainRequest,
    AskedAgainAnswer,
    ListAnswer,
    ListsAnswer,
    PlanRequest,
    PreviewAnswer,
    Rate,
    RateRequest,
    RunAnswer,
    RunsAnswer,
    StartRequest,
    State,
    SyncAnswer,
    SyncContactAnswer,
    SyncContactsAnswer,
    SyncProgressAnswer,
    SyncsAnswer,
    SyncState,
)

MOST_RUNS = 50
_CONTACTS = 100
_NOTICE = "Nobody is e-mailed by this sync."
_MINUTES: dict[Rate, int] = {"once": ONCE, "15m": 15, "1h": 60, "6h": 360, "24h": 1440}
_RATES: dict[int, Rate] = {minutes: rate for rate, minutes in _MINUTES.items()}
_CURSOR = re.compile(r"\d{1,3}\|.{1,512}", re.ASCII)
_STATES: dict[State, EnrolmentState] = {
    "unanswered": EnrolmentState.ASKED,
    "declined": EnrolmentState.DECLINED,
    "refused": EnrolmentState.REFUSED,
}


def lists(call: Call) -> ListsAnswer:
    """Lists of contacts to choose from."""
    found = call.services.manage_syncs.lists(connected(call), call.query.get("query", ""))
    return ListsAnswer(
        lists=[ListAnswer(list_id=one.list_id, name=one.name, size=one.size, dynamic=one.dynamic) for one in found]
    )


def preview(call: Call) -> PreviewAnswer:
    """What a sync would take."""
    plan = _plan(call.parsed(PlanRequest))
    found = call.services.manage_syncs.preview(call.known.campaign, connected(call), plan)
    return PreviewAnswer(
        people=found.people,
        without_email=found.without_email,
        already_referrers=found.already,
        estimated=found.estimated,
        hubspot_calls=found.calls,
        minutes=found.minutes,
        confirm=found.asks_to_confirm,
        notice=_NOTICE,
        warnings=list(found.warnings),
    )


def start(call: Call) -> SyncAnswer:
    """Start a sync."""
    request = call.parsed(StartRequest)
    started = call.services.manage_syncs.start(
        call.known.campaign, connected(call), _plan(request), request.people, call.caller.name
    )
    return _answer(started)


def listed(call: Call) -> SyncsAnswer:
    """The campaign's syncs."""
    return SyncsAnswer(syncs=[_answer(one) for one in call.services.manage_syncs.all(call.known.campaign)])


def show(call: Call) -> SyncProgressAnswer:
    """How far a sync came."""
    found = call.services.manage_syncs.progress(call.known.campaign, call.path["sync_id"])
    return SyncProgressAnswer(
        sync=_answer(found.sync), unanswered=found.unanswered, declined=found.declined, refused=found.refused
    )


def change_rate(call: Call) -> SyncAnswer:
    """Let an ongoing sync run more or less often."""
    every = _MINUTES[call.parsed(RateRequest).every]
    return _answer(call.services.manage_syncs.change_rate(call.known.campaign, call.path["sync_id"], every))


def pause(call: Call) -> SyncAnswer:
    """Enrol nobody until it is resumed."""
    return _answer(call.services.manage_syncs.pause(call.known.campaign, call.path["sync_id"]))


def resume(call: Call) -> SyncAnswer:
    """Go on after a pause or a mend."""
    return _answer(call.services.manage_syncs.resume(call.known.campaign, call.path["sync_id"]))


def stop(call: Call) -> SyncAnswer:
    """Enrol nobody any more."""
    return _answer(call.services.manage_syncs.stop(call.known.campaign, call.path["sync_id"]))


def remove(call: Call) -> None:
    """Forget a sync."""
    call.services.manage_syncs.remove(call.known.campaign, call.path["sync_id"])


def ask_again(call: Call) -> AskedAgainAnswer:
    """Ask the platform again for some of those without an answer, or declined."""
    request = call.parsed(AskAgainRequest)
    found = call.services.manage_syncs.ask_again(
        call.known.campaign, connected(call), call.path["sync_id"], _STATES[request.state], _cursor(request.cursor)
    )
    return AskedAgainAnswer(asked=found.asked, cursor=found.cursor)


def runs(call: Call) -> RunsAnswer:
    """Runs that ended."""
    campaign, sync_id = call.known.campaign, call.path["sync_id"]
    sync = call.services.manage_syncs.get(campaign, sync_id)
    found = call.services.manage_syncs.runs(campaign, sync_id, MOST_RUNS)
    return RunsAnswer(runs=[_past(one, sync.plan) for one in found])


def contacts(call: Call) -> SyncContactsAnswer:
    """Contacts that something is to be told of, by their ids in HubSpot."""
    state = call.query.get("state", "unanswered")
    wanted = next((_STATES[one] for one in get_args(State) if one == state), None)
    if wanted is None:
        step = f"Send one of {', '.join(get_args(State))}."
        raise problem(422, "malformed", "There is no such state of a contact.", step)
    found, cursor = call.services.manage_syncs.contacts(
        call.known.campaign, call.path["sync_id"], wanted, _CONTACTS, _cursor(call.query.get("cursor", ""))
    )
    binding = call.known.binding
    return SyncContactsAnswer(
        contacts=[
            SyncContactAnswer(
                contact_id=one.contact_id,
                record_link=_link(binding, one.portal_id, one.contact_id),
                since=one.at,
                reason=one.reason,
            )
            for one in found
        ],
        cursor=cursor,
    )


def _plan(request: PlanRequest) -> Plan:
    if len(request.fields) > MAX_ROWS:
        raise problem(422, "malformed", "These are too many fields.", "Send fewer.")
    returns = {
        Return.LINK: request.returns.referral_link,
        Return.REFERRALS: request.returns.referrals_count,
        Return.CONVERTED: request.returns.converted_referrals_count,
    }
    return Plan(
        request.list_id,
        "",
        {name: source for name, source in request.fields.items() if source},
        {kind: name for kind, name in returns.items() if name},
        _MINUTES[request.every],
    )


def _cursor(text: str) -> str:
    if text and not _CURSOR.fullmatch(text):
        raise problem(422, "unknown_cursor", "There is no such page.", "Start again without a cursor.")
    return text


def _link(binding: Binding | None, portal_id: int, contact_id: str) -> str:
    if binding is None or binding.portal_id != portal_id:
        return ""
    return record_link(binding.ui_domain, portal_id, ObjectType.CONTACT, contact_id)


def _answer(sync: Sync) -> SyncAnswer:
    said = words(sync.cause, sync.about, sync.plan)
    return SyncAnswer(
        sync_id=sync.sync_id,
        list_id=sync.plan.list_id,
        list_name=sync.plan.list_name,
        fields=dict(sync.plan.fields),
        returns={str(kind): name for kind, name in sync.plan.returns.items()},
        every=_RATES[sync.plan.every_minutes],
        started_by=sync.started_by,
        started_at=sync.started_at,
        looked_at=sync.looked_at,
        people=sync.people,
        state=_state(sync),
        cause=sync.cause,
        message=said.message,
        next_step=said.next_step,
        run=_run(sync.run) if sync.run else None,
    )


def _state(sync: Sync) -> SyncState:
    match sync.status:
        case Status.ACTIVE:
            return "running" if sync.run or sync.looked_at is None else "waiting"
        case Status.PAUSED:
            return "paused"
        case Status.BROKEN:
            return "broken"
        case Status.STOPPED:
            return "stopped"
        case Status.FINISHED:
            return "finished"


def _run(run: Run | PastRun) -> RunAnswer:
    """A run as far as it came."""
    counts = run.counts
    return RunAnswer(
        run_id=run.run_id,
        kind=run.kind,
        started_at=run.started_at,
        read=counts.read,
        without_email=counts.without_email,
        already_referrers=counts.already,
        asked=counts.asked,
    )


def _past(run: PastRun, plan: Plan) -> RunAnswer:
    said = words(run.cause, run.about, plan)
    end = {
        "ended_at": run.ended_at,
        "joined": run.joined,
        "declined": run.declined,
        "unanswered": run.unanswered,
        "cause": run.cause,
        "message": said.message,
        "next_step": said.next_step,
    }
    return _run(run).model_copy(update=end)
