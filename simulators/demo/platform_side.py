"""The demo's hands on the referral platform: publishing, tokens, and what was announced."""

from collections.abc import Sequence
from typing import Any

import requests

from simulators.demo.plans import CampaignPlan

TIMEOUT_SECONDS = 60


class PlatformSide:
    def __init__(self, url: str) -> None:
        self.url = url

    def token(self, account_id: str) -> str:
        return str(self._post("/_sim/token", {"account_id": account_id, "sub": "demo", "name": "Dana Demo"})["token"])

    def register(self, account_id: str, plan: CampaignPlan) -> None:
        self._post("/_sim/campaigns", {"account_id": account_id, "campaign_id": plan.campaign_id, "name": plan.name})

    def publish(self, messages: Sequence[dict[str, Any]]) -> int:
        return len(self._post("/_sim/publish", {"events": list(messages)})["published"])

    def leads(self, account_id: str) -> list[dict[str, Any]]:
        return list(self._get("/_sim/leads", account_id=account_id)["leads"])

    def referrers(self, account_id: str, campaign_id: str) -> list[dict[str, Any]]:
        return list(self._get("/_sim/referrers", account_id=account_id, campaign_id=campaign_id)["referrers"])

    def announcements(self, account_id: str, kind: str) -> list[dict[str, Any]]:
        return list(self._get("/_sim/announcements", account_id=account_id, type=kind)["announcements"])

    def unreadable(self) -> int:
        return int(self._get("/_sim/announcements", type="none")["unreadable"])

    def rewards(self, account_id: str) -> list[dict[str, Any]]:
        return list(self._get("/_sim/rewards", account_id=account_id)["rewards"])

    def page(self, account_id: str, campaign_id: str) -> str:
        """Where a person looks at the campaign, and the way back after connecting."""
        return f"{self.url}/campaigns/{campaign_id}?account_id={account_id}"

    def _get(self, path: str, **query: str) -> Any:
        answer = requests.get(self.url + path, params=query, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()
