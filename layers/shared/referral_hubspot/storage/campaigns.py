"""What is known of campaigns: the platform's word, the admin's settings, and where webhooks find them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.connection import ConnectionChangedError, SettingsChangedError
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.people import SHARDS
from referral_hubspot.domain.routes import Listeners, Neighbourhood, Route
from referral_hubspot.domain.settings import (
    DELETED,
    SIDES,
    UNSAVED,
    Binding,
    Broken,
    Campaign,
    CampaignState,
    Side,
    SideSettings,
)
from referral_hubspot.storage import campaign_rows as rows
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import Item, Write
from referral_hubspot.storage.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CampaignRepository:
    """Campaigns, their settings and routes; every read is strongly consistent."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb

    @staticmethod
    def keys(account_id: str, campaign_id: str) -> list[Key]:
        """The rows that `state` reads: campaign, binding, pauses, and each side's current settings and choices."""
        of_sides = [of(account_id, campaign_id, side) for of in (keys.settings, keys.choices) for side in SIDES]
        return [keys.campaign(account_id, campaign_id), keys.binding(account_id, campaign_id), keys.pauses(), *of_sides]

    @staticmethod
    def state(items: Mapping[Key, Item], account_id: str, campaign_id: str) -> CampaignState:
        """The campaign out of rows that a bigger read found; a row that is not there is not an error."""
        campaign, binding, pauses, leads, referrers, choices, referrer_choices = (
            items.get(key) for key in CampaignRepository.keys(account_id, campaign_id)
        )
        return CampaignState(
            campaign=rows.to_campaign(campaign) if campaign else None,
            leads=rows.to_settings(leads),
            referrers=rows.to_settings(referrers) if referrers else UNSAVED["referrer"],
            binding=rows.to_binding(binding),
            choices=rows.to_choices(choices),
            referrer_choices=rows.to_choices(referrer_choices),
            pauses=Pauses(frozenset(pauses.get("targets", ())) if pauses else frozenset()),
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
            return UNSAVED[side]
        key = keys.settings_version(account_id, campaign_id, side, version)
        return rows.to_settings(dynamo.batch_get(self._client, self._table, [key])[key])

    def settings_between(
        self, account_id: str, campaign_id: str, side: Side, first: int, last: int
    ) -> list[SideSettings]:
        """The settings as they were saved under the versions `first` to `last`, in no order."""
        wanted = [keys.settings_version(account_id, campaign_id, side, one) for one in range(first, last + 1)]
        return [rows.to_settings(row) for row in dynamo.batch_get(self._client, self._table, wanted).values()]

    def first_complete(self, account_id: str, campaign_id: str, side: Side, now: datetime) -> datetime:
        """Remember that a side's setup is complete, if it is for the first time; since when it is."""
        key = keys.choices(account_id, campaign_id, side)
        answer = self._client.update_item(
            TableName=self._table,
            Key=dynamo.marshal(key.item()),
            UpdateExpression="SET complete_since = if_not_exists(complete_since, :now)",
            ExpressionAttributeValues=dynamo.marshal({":now": now}),
            ReturnValues="ALL_NEW",
        )
        return rows.to_choices(dynamo.unmarshal(answer["Attributes"])).complete_since or now

    def let_held_go(self, account_id: str, campaign_id: str, side: Side, until: datetime) -> None:
        """An admin says that people held before `until` may be sent, whatever was said before."""
        self._choose(account_id, campaign_id, side, "SET send_held_until = :until REMOVE drop_held_until", until)

    def let_held_drop(self, account_id: str, campaign_id: str, side: Side, until: datetime) -> None:
        """An admin says that people who asked before `until` are not to be sent, whatever was said before."""
        self._choose(account_id, campaign_id, side, "SET drop_held_until = :until REMOVE send_held_until", until)

    def _choose(self, account_id: str, campaign_id: str, side: Side, expression: str, until: datetime) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=dynamo.marshal(keys.choices(account_id, campaign_id, side).item()),
            UpdateExpression=expression,
            ExpressionAttributeValues=dynamo.marshal({":until": until}),
        )

    def settle_broken(self, binding: Binding, side: Side, settings: SideSettings, broken: Sequence[Broken]) -> bool:
        """Say which names of these settings the HubSpot account lacks.

        False when they were saved anew meanwhile, or the campaign is no longer connected to that account.
        """
        failed = dynamo.transact(
            self._client,
            [
                dynamo.update(
                    self._table,
                    keys.settings(binding.account_id, binding.campaign_id, side),
                    "SET broken = :broken",
                    condition="#version = :version",
                    names={"#version": "version"},
                    values={":broken": rows.broken_rows(broken), ":version": settings.version},
                ),
                dynamo.check(
                    self._table,
                    keys.route(binding.portal_id, binding.account_id, binding.campaign_id),
                    "attribute_exists(pk)",
                ),
            ],
        )
        return not failed

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
        over: int = 0,
    ) -> None:
        """Save version `settings.version` over the one before it, and what webhooks must know of it.

        Args:
            binding: The connection that the settings were judged against, None for not connected.
            writes: Target → fixed values written by the mapping, as in a `Route`.
            over: Version of the neighbourhood that the settings were judged in, if connected.

        Raises:
            SettingsChangedError: another save came first.
            ConnectionChangedError: the campaign is connected to something else by now, or another one of
                the account on the same HubSpot account was connected or saved meanwhile.
        """
        content = rows.settings_row(settings) | {"writes": {name: list(values) for name, values in writes.items()}}
        current = keys.settings(account_id, campaign_id, side)
        version = keys.settings_version(account_id, campaign_id, side, settings.version)
        writes_of_settings = [
            dynamo.put(self._table, current.item() | content, **_only_over(settings.version - 1)),
            dynamo.put(self._table, version.item() | content),
        ]
        if binding is None:
            around = [self._unbound(account_id, campaign_id)]
        else:
            around = [self._recompiled(binding, side, content), self.moved_on(account_id, binding.portal_id, over)]
        failed = dynamo.transact(self._client, [*writes_of_settings, *around])
        if 0 in failed:
            raise SettingsChangedError(failed[0].get("saved_by", ""), _saved_at(failed[0]))
        if failed:
            raise ConnectionChangedError(account_id, campaign_id)

    def routes(self, portal_id: int) -> list[Route]:
        """Every campaign of every account that is bound to the portal."""
        return [rows.to_route(row) for row in self._query(keys.portal(portal_id), "BINDING#")]

    def listeners(self, portal_id: int) -> Listeners:
        """Whom the portal's webhooks may concern; one read, because every delivery makes it."""
        # "~" stands behind "#": whatever is called BINDING is read, and the budget behind it is not.
        between = {":first": "AWAITED#", ":last": "BINDING~"}
        found = list(self._rows(keys.portal(portal_id), "sk BETWEEN :first AND :last", between))
        awaited = [row["record"] for row in found if "record" in row]
        return Listeners(
            routes=tuple(rows.to_route(row) for row in found if "record" not in row),
            awaited=frozenset((ObjectType(object_type), record_id) for object_type, record_id in awaited),
        )

    def every_route(self) -> list[Route]:
        """Every campaign that is bound to a HubSpot account; the index lags a little behind connecting."""
        found = [
            Key(item["pk"], item["sk"])
            for shard in range(SHARDS)
            for item in dynamo.query(
                self._client, self._table, "listed", "listed_pk = :pk", {":pk": keys.routes_shard(shard)}
            )
        ]
        return [rows.to_route(row) for row in dynamo.batch_get(self._client, self._table, found).values()]

    def account_routes(self, account_id: str, portal_id: int) -> list[Route]:
        """The account's campaigns that are bound to the portal."""
        prefix = keys.route(portal_id, account_id, "").sk
        return [rows.to_route(row) for row in self._query(keys.portal(portal_id), prefix)]

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood:
        """The account's campaigns that are bound to the portal; whoever changes them meanwhile raises the version."""
        key = keys.neighbourhood(account_id, portal_id)
        row = dynamo.batch_get(self._client, self._table, [key]).get(key)
        routes = (replace(route, returns=self._returns(route)) for route in self.account_routes(account_id, portal_id))
        return Neighbourhood(tuple(routes), row["version"] if row else 0)

    def _returns(self, route: Route) -> frozenset[str]:
        """The properties that the syncs of a campaign write on the portal."""
        syncs = self._query(keys.campaign_partition(route.account_id, route.campaign_id), keys.SYNCS)
        here = (row["returns"].values() for row in syncs if row["portal_id"] == route.portal_id)
        return frozenset(name for names in here for name in names)

    def moved_on(self, account_id: str, portal_id: int, over: int) -> Write:
        """Raise the neighbourhood's version; fails unless it is still the one given."""
        return dynamo.put(
            self._table, keys.neighbourhood(account_id, portal_id).item() | {"version": over + 1}, **_only_over(over)
        )

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
            values[":rules"] = rows.rules_rows(settings)
            expression += ", #rules = :rules"
        return dynamo.update(
            self._table,
            keys.route(binding.portal_id, binding.account_id, binding.campaign_id),
            expression,
            condition="attribute_exists(pk)",
            names={"#rules": "rules"} if side == "lead" else None,
            values=values,
        )

    def _query(self, partition: str, prefix: str) -> Iterator[dict[str, Any]]:
        return self._rows(partition, "begins_with(sk, :prefix)", {":prefix": prefix})

    def _rows(self, partition: str, condition: str, values: Item) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=f"pk = :pk AND {condition}",
            ExpressionAttributeValues=dynamo.marshal({":pk": partition, **values}),
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
