"""The demo as an admin of the campaigns: the integration's HTTP API, with a token of the platform."""

from collections.abc import Callable
from typing import Any

import requests

from simulators.demo.plans import CampaignPlan

TIMEOUT_SECONDS = 60

CONTACT_MAPPING: list[dict[str, str]] = [
    {"kind": "dynamic", "source": "email", "property": "email"},
    {"kind": "dynamic", "source": "first_name", "property": "firstname"},
    {"kind": "dynamic", "source": "referral_code", "property": "referral_code"},
    {"kind": "dynamic", "source": "referral_link", "property": "referral_link"},
    {"kind": "dynamic", "source": "referrer.first_name", "property": "referred_by"},
    {"kind": "dynamic", "source": "campaign_name", "property": "referral_campaign"},
    {"kind": "fixed", "value": "Referral program", "property": "referral_source"},
]

DEAL_MAPPING: list[dict[str, str]] = [
    {"kind": "fixed", "value": "default", "property": "pipeline"},
    {"kind": "fixed", "value": "qualifiedtobuy", "property": "dealstage"},
    {"kind": "dynamic", "source": "email", "property": "dealname"},
    {"kind": "dynamic", "source": "referral_code", "property": "referral_code"},
    {"kind": "dynamic", "source": "referrer.first_name", "property": "referred_by"},
]


class ApiRefusedError(Exception):
    """The integration's API answered with a problem."""

    def __init__(self, asked: str, status: int, problem: str) -> None:
        super().__init__(f"{asked} was answered with {status}: {problem}")
        self.status = status


class AdminSide:
    def __init__(self, api_url: str, mint: Callable[[], str]) -> None:
        self._api_url = api_url.rstrip("/")
        self._mint = mint

    def connection(self, campaign_id: str) -> dict[str, Any]:
        return dict(self._ask("GET", f"{campaign_id}/hubspot"))

    def connect(self, campaign_id: str, return_url: str) -> str:
        """The address to open in a browser."""
        return str(self._ask("POST", f"{campaign_id}/hubspot/connect", {"return_url": return_url})["connect_url"])

    def save_settings(self, plan: CampaignPlan) -> dict[str, Any]:
        version = self._ask("GET", f"{plan.campaign_id}/hubspot/leads")["version"]
        settings: dict[str, Any] = {"version": version, "duplicates": plan.duplicates}
        if plan.makes_deals:
            settings |= {"action": "create_deal", "mapping": DEAL_MAPPING}
            settings |= {"with_contact": True, "contact_mapping": CONTACT_MAPPING}
            settings["rule"] = {"kind": "deal_stage", "value": plan.rule_value}
        else:
            settings |= {"action": "create_contact", "mapping": CONTACT_MAPPING}
            rule = {"property": plan.rule_property, "value": plan.rule_value}
            settings["rule"] = {"kind": "contact_property", **rule}
        return dict(self._ask("PUT", f"{plan.campaign_id}/hubspot/leads", settings))

    def lead(self, campaign_id: str, lead_id: str) -> dict[str, Any]:
        return dict(self._ask("GET", f"{campaign_id}/leads/{lead_id}"))

    def return_properties(self, campaign_id: str) -> dict[str, str]:
        """Have the usual properties made in HubSpot: property by return field."""
        made = self._ask("POST", f"{campaign_id}/hubspot/return-properties")
        return {one["field"]: one["suggested"] for one in made["fields"]}

    def preview_sync(self, campaign_id: str, form: dict[str, Any]) -> dict[str, Any]:
        return dict(self._ask("POST", f"{campaign_id}/syncs/preview", form))

    def start_sync(self, campaign_id: str, form: dict[str, Any]) -> str:
        return str(self._ask("POST", f"{campaign_id}/syncs", form)["sync_id"])

    def sync(self, campaign_id: str, sync_id: str) -> dict[str, Any]:
        return dict(self._ask("GET", f"{campaign_id}/syncs/{sync_id}")["sync"])

    def stop_sync(self, campaign_id: str, sync_id: str) -> None:
        self._ask("POST", f"{campaign_id}/syncs/{sync_id}/stop")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method,
            f"{self._api_url}/v1/campaigns/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._mint()}"},
            timeout=TIMEOUT_SECONDS,
        )
        if not answer.ok:
            raise ApiRefusedError(f"{method} {path}", answer.status_code, answer.text[:500])
        return answer.json()
