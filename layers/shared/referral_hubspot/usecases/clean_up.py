"""Give back what customers no longer use: revoke their tokens and remove our app."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.usecases.connection_ports import GrantOpener, Leftover, Leftovers, Neighbours, TokenEndpoint

_LEASE = timedelta(minutes=2)
_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
_GIVE_UP_AFTER = timedelta(days=7)


@dataclass(slots=True)
class CleanUpReport:
    """How many grants ended how, for the caller's metrics; `given_up` needs a person's look."""

    revoked: int = 0
    uninstalled: int = 0
    kept: int = 0
    gone: int = 0
    put_off: int = 0
    given_up: int = 0


class CleanUp:
    """Works through the grants that are due, one at a time, each by one worker."""

    def __init__(
        self, leftovers: Leftovers, neighbours: Neighbours, tokens: TokenEndpoint, hubspot: GrantOpener
    ) -> None:
        self._leftovers = leftovers
        self._neighbours = neighbours
        self._tokens = tokens
        self._hubspot = hubspot

    def run_due(self, now: datetime) -> CleanUpReport:
        """Give back what is due and still unused; run again at any point, it goes on from there.

        HubSpot being away puts a grant off, and after a week it is given up: its tokens are deleted
        here, and the customer can still remove the app in HubSpot.
        """
        report = CleanUpReport()
        for leftover in self._leftovers.due(now):
            if leftover.account_id in self._neighbours.bound(leftover.portal_id):
                self._leftovers.finish(leftover)  # connected again: the grant is in use
                report.kept += 1
            elif self._leftovers.take(leftover, now, now + _LEASE):
                self._work_off(leftover, now, report)
        return report

    def _work_off(self, leftover: Leftover, now: datetime, report: CleanUpReport) -> None:
        try:
            self._give_back(leftover, report)
        except RetryableError:
            if now - leftover.since < _GIVE_UP_AFTER:
                delay = _DELAYS[min(leftover.attempts, len(_DELAYS) - 1)]
                self._leftovers.put_off(leftover, now + delay)
                report.put_off += 1
                return
            report.given_up += 1
        self._leftovers.finish(leftover)

    def _give_back(self, leftover: Leftover, report: CleanUpReport) -> None:
        # HubSpot may give two of our customers one and the same token; revoking it would cut off the other.
        if leftover.fingerprint in self._neighbours.fingerprints(leftover.portal_id, leftover.account_id):
            report.kept += 1
            return
        try:
            refresh_token = leftover.refresh_token
            if not self._neighbours.bound(leftover.portal_id):
                # HubSpot need not repeat in a refresh whose grant it is.
                grant = replace(self._tokens.refresh(refresh_token), portal_id=leftover.portal_id)
                refresh_token = grant.refresh_token
                self._hubspot.with_grant(grant).uninstall()
                report.uninstalled += 1
            self._tokens.revoke(refresh_token)
            report.revoked += 1
        except PermanentError:
            report.gone += 1  # the customer removed the app, or an interrupted run came this far
