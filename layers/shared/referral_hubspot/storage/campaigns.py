"""What is known of campaigns: the platform's word, the admin's settings, and where webhooks find them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.connection import ConnectionChangedError, SettingsChangedError
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import DELETED, Binding, Campaign, CampaignState, SideSettings
from referral_hubspot.storage import campaign_rows as rows
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import Item, Write
from referral_hubspot.storage.keys import Key, Side

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CampaignRepository:
    """Campaigns, their settings and routes; every read is strongly consistent."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb

    @staticmethod
    def keys(account_id: str, campaign_id: str) -> list[Key]:
        """The rows that `state` reads: campaign, current lead settings, binding."""
        return [
            keys.campaign(account_id, campaign_id),
            keys.settings(account_id, campaign_id, "lead"),
            keys.binding(account_id, campaign_id),
        ]

    @staticmethod
    def state(items: Mapping[Key, Item], account_id: str, campaign_id: str) -> CampaignState:
        """The campaign out of rows that a bigger read found; a row that is not there is not an error."""
        campaign, settings, binding = (items.get(key) for key in CampaignRepository.keys(account_id, campaign_id))
        return CampaignState(
            campaign=rows.to_campaign(campaign) if campaign else None,
            leads=rows.to_settings(settings),
            binding=rows.to_binding(binding),
        )

    def load(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], CampaignState]:
        """Each (account, campaign) asked for, known or not, in as few calls as possible."""
        wanted = list(dict.fromkeys(campaigns))
        items = dynamo.batch_get(self._client, self._table, [key for pair in wanted for key in self.keys(*pair)])
        return {pair: self.state(items, *pair) for pair in wanted}

    def settings_version(self, account_id: str, campaign_id: str, side: Side, version: int) -> SideSettings:
        """The settings as they were saved under `version`; version 0 is what nobody saved.

        Raises:
            KeyError: no such version was ever saved.
        """
        if version == 0:
            return SideSettings()
        key = keys.settings_version(account_id, campaign_id, side, version)
        return rows.to_settings(dynamo.batch_get(self._client, self._table, [key])[key])

    def put_campaign(self, campaign: Campaign) -> bool:
        """Store what the platform says; False when a same or higher version, or a deletion, is stored already.

        A deletion is final, so it counts whatever version was heard of before.
        """
        newer = "#state <> :deleted" if campaign.state == DELETED else "#version < :version AND #state <> :deleted"
        values: dict[str, str | int] = {":deleted": DELETED}
        names = {"#state": "state"}
        if campaign.state != DELETED:
            names["#version"] = "version"
            values[":version"] = campaign.version
        write = dynamo.put(
            self._table,
            rows.campaign_row(campaign),
            condition=f"attribute_not_exists(pk) OR ({newer})",
            names=names,
            values=values,
        )
        return not dynamo.transact(self._client, [write])

    def save_settings(
        self,
        account_id: str,
        campaign_id: str,
        side: Side,
        settings: SideSettings,
        binding: Binding | None,
        writes: Mapping[str, Sequence[str]],
    ) -> None:
        """Save version `settings.version` over the one before it, and what webhooks must know of it.

        Args:
            binding: The connection that the settings were judged against, None for not connected.
            writes: Property → fixed values written by the mapping; empty values mean any value.

        Raises:
            SettingsChangedError: another save came first.
            ConnectionChangedError: the campaign is connected to something else by now.
        """
        content = rows.settings_row(settings) | {"writes": {name: list(values) for name, values in writes.items()}}
        current = keys.settings(account_id, campaign_id, side)
        version = keys.settings_version(account_id, campaign_id, side, settings.version)
        failed = dynamo.transact(
            self._client,
            [
                dynamo.put(self._table, current.item() | content, **_only_over(settings.version - 1)),
                dynamo.put(self._table, version.item() | content),
                self._unbound(account_id, campaign_id) if binding is None else self._recompiled(binding, side, content),
            ],
        )
        if 0 in failed:
            raise SettingsChangedError(failed[0].get("saved_by", ""), _saved_at(failed[0]))
        if failed:
            raise ConnectionChangedError(account_id, campaign_id)

    def routes(self, portal_id: int) -> list[Route]:
        """Every campaign of every account that is bound to the portal."""
        return [rows.to_route(row) for row in self._query(keys.portal(portal_id), "BINDING#")]

    def account_routes(self, account_id: str, portal_id: int) -> list[Route]:
        """The account's campaigns that are bound to the portal."""
        prefix = keys.route(portal_id, account_id, "").sk
        return [rows.to_route(row) for row in self._query(keys.portal(portal_id), prefix)]

    def campaigns(self, account_id: str) -> list[Campaign]:
        """All campaigns that the platform told of, deleted ones too."""
        prefix = keys.campaign(account_id, "").sk
        return [rows.to_campaign(row) for row in self._query(keys.account(account_id), prefix)]

    def _unbound(self, account_id: str, campaign_id: str) -> Write:
        return dynamo.check(
            self._table,
            keys.binding(account_id, campaign_id),
            "attribute_not_exists(pk) OR #state = :removed",
            names={"#state": "state"},
            values={":removed": rows.REMOVED},
        )

    def _recompiled(self, binding: Binding, side: Side, settings: Item) -> Write:
        # A route exists exactly as long as the binding to that portal: both are written together.
        values = {":writes": settings["writes"]}
        expression = f"SET {rows.writes_attribute(side)} = :writes"
        if side == "lead":
            values[":rule"] = settings["rule"]
            expression += ", #rule = :rule"
        return dynamo.update(
            self._table,
            keys.route(binding.portal_id, binding.account_id, binding.campaign_id),
            expression,
            condition="attribute_exists(pk)",
            names={"#rule": "rule"} if side == "lead" else None,
            values=values,
        )

    def _query(self, partition: str, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=dynamo.marshal({":pk": partition, ":prefix": prefix}),
            ConsistentRead=True,
        )
        for page in pages:
            yield from (dynamo.unmarshal(row) for row in page["Items"])


def _only_over(version: int) -> dict[str, Any]:
    if version == 0:
        return {"condition": "attribute_not_exists(pk)"}
    return {"condition": "#version = :previous", "names": {"#version": "version"}, "values": {":previous": version}}


def _saved_at(row: Item) -> datetime | None:
    return rows.to_settings(row).saved_at if row else None
