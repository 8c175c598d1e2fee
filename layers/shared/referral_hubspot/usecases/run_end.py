"""What a run came to."""

from datetime import datetime

from referral_hubspot.domain.syncs import Cause, EnrolmentState, PastRun, Sync
from referral_hubspot.usecases.sync_ports import Enrolments


def run_end(enrolments: Enrolments, sync: Sync, now: datetime, cause: Cause = Cause.NONE, about: str = "") -> PastRun:
    """The open run of a sync as it ends, or stops, now."""
    run = sync.run
    assert run is not None, "a run is open"
    asked = run.counts.asked
    unanswered = enrolments.count(sync, EnrolmentState.ASKED, run.run_id) if asked else 0
    declined = enrolments.count(sync, EnrolmentState.DECLINED, run.run_id) if asked else 0
    return PastRun(
        sync.account_id,
        sync.campaign_id,
        sync.sync_id,
        run.run_id,
        run.kind,
        run.started_at,
        now,
        run.counts,
        cause,
        about,
        max(0, asked - declined - unanswered),
        declined,
        unanswered,
    )
