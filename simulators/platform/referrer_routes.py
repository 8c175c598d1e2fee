"""Routes of the control API for referrers and their enrolment."""

from typing import Any

from fastapi import FastAPI

from simulators.platform.clock import now
from simulators.platform.control import ReferrersRequest
from simulators.platform.enrolment import EnrolmentRule
from simulators.platform.messages import receipts_shown
from simulators.platform.people import referrer_people
from simulators.platform.referrers import Referrer
from simulators.platform.service import Platform
from simulators.platform.world import matching


def referrer_routes(app: FastAPI, platform: Platform) -> None:
    @app.post("/_sim/enrolment")
    def rule(rule: EnrolmentRule) -> dict[str, Any]:
        platform.enrolment.rule(rule)
        return rule.model_dump()

    @app.post("/_sim/referrers")
    def publish_referrers(request: ReferrersRequest) -> dict[str, Any]:
        made, receipts = platform.publish_referrers(_referrers(platform, request))
        return {"referrers": made, "published": receipts_shown(receipts)}

    @app.get("/_sim/referrers")
    def referrers(
        account_id: str | None = None,
        campaign_id: str | None = None,
        email: str | None = None,
        referrer_id: str | None = None,
    ) -> dict[str, Any]:
        found = matching(
            platform.referrers.all(),
            account_id=account_id,
            campaign_id=campaign_id,
            email=email,
            referrer_id=referrer_id,
        )
        return {"referrers": found}


def _referrers(platform: Platform, request: ReferrersRequest) -> list[Referrer]:
    emails = request.emails or []
    made = list(
        referrer_people(
            account_id=request.account_id,
            campaign_id=request.campaign_id,
            campaign_name=request.campaign_name
            or platform.world.campaign_name(request.account_id, request.campaign_id),
            count=max(request.count, len(emails)),
            seed=request.seed,
            joined_at=now(),
        )
    )
    for data, email in zip(made, emails, strict=False):
        data["email"] = email
    changes = request.changes.model_dump(exclude_unset=True)
    return [_laid_over_known(platform, data, changes) for data in made]


def _laid_over_known(platform: Platform, data: dict[str, Any], changes: dict[str, Any]) -> Referrer:
    """Who is known already keeps what is not changed: counts and code are not made up anew."""
    made = Referrer(**{**data, **changes})
    known = platform.referrers.find(*made.key) or {}
    return Referrer(**{**data, **known, **changes})
