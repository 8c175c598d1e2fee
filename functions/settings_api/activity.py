"""What became of the leads of the last weeks."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from referral_hubspot.domain.activity import Outcome

from .endpoint import Call
from .models import ActivityAnswer, DayAnswer, OutcomesAnswer, StandingAnswer

if TYPE_CHECKING:
    from referral_hubspot.usecases.read_activity import Standing


def show(call: Call) -> ActivityAnswer:
    """Thirty days, day by day and together."""
    activity, standing = call.services.read_activity(call.known)
    return ActivityAnswer(
        time_zone=call.known.campaign.time_zone,
        complete=activity.counted_since is None,
        counted_since=activity.counted_since,
        totals=OutcomesAnswer(**_numbers(activity.totals)),
        left_out=_standing(standing, Outcome.LEFT_OUT),
        failing=_standing(standing, Outcome.FAILING),
        days=[DayAnswer(day=day, **_numbers(outcomes)) for day, outcomes in activity.days.items()],
    )


def _numbers(outcomes: Counter[Outcome]) -> dict[str, int]:
    return {str(outcome): outcomes[outcome] for outcome in Outcome}


def _standing(standing: "Sequence[Standing]", outcome: Outcome) -> list[StandingAnswer]:
    return [
        StandingAnswer(state=one.state, reason=one.reason, label=one.label, next_step=one.next_step, count=one.count)
        for one in standing
        if one.outcome is outcome
    ]
