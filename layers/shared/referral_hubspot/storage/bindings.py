"""Which campaign is bound to which HubSpot account, as parts of a transaction.

A binding's row and the route that webhooks find it by are written together, always. The row of a
removed binding stays: announcements are numbered by its version, so that must never start again.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.connection import Arrival, ConnectionChangedError
from referral_hubspot.domain.settings import SIDES, Binding, BindingState, Broken
from referral_hubspot.storage import campaign_rows as rows
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.dynamo import Item, Write
from referral_hubspot.storage.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LACKS_PERMISSION = "lacks_permission"
"""Reason of a binding that HubSpot turned out to allow less than it was thought to."""


class BindingRepository:
    """Bindings of campaigns; what changes them is returned as writes, to be sent with those of the grant."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb
        self._campaigns = CampaignRepository(table_name, dynamodb)

    def on_portal(self, account_id: str, portal_id: int) -> list[Binding]:
        """The account's bindings to the portal, working or lost."""
        routes = self._campaigns.account_routes(account_id, portal_id)
        states = self._campaigns.load((route.account_id, route.campaign_id) for route in routes)
        bound = (state.binding for state in states.values())
        return [binding for binding in bound if binding is not None and binding.portal_id == portal_id]

    def accounts_on(self, portal_id: int) -> set[str]:
        """Every account with a campaign bound to the portal."""
        return {route.account_id for route in self._campaigns.routes(portal_id)}

    def bind(self, arrival: Arrival) -> tuple[Binding, list[Write]]:
        """Bind a campaign, taking it off another portal.

        Returns:
            The binding with its version, and the writes, which fail if anything they build on changed.

        Raises:
            ConnectionChangedError: the campaign stands elsewhere already, or has other settings, or another
                one of the account on this portal was connected or saved meanwhile.
        """
        binding, seen, broken = arrival.binding, arrival.seen, arrival.broken
        account_id, campaign_id = binding.account_id, binding.campaign_id
        key = keys.binding(account_id, campaign_id)
        sides = {side: keys.settings(account_id, campaign_id, side) for side in SIDES}
        around = keys.neighbourhood(account_id, binding.portal_id)
        found = dynamo.batch_get(self._client, self._table, [key, around, *sides.values()])
        row = found.get(key)
        versions = {side: _version(found.get(where)) for side, where in sides.items()}
        stands = (rows.to_binding(row), versions, _version(found.get(around)))
        if stands != (seen.binding, {side: seen.settings(side).version for side in SIDES}, arrival.over):
            raise ConnectionChangedError(account_id, campaign_id)
        bound = replace(binding, version=row["version"] + 1 if row else 1)
        settings = {side: found[where] for side, where in sides.items() if where in found}
        writes = [
            dynamo.put(self._table, rows.binding_row(bound), **_unchanged(row)),
            dynamo.put(self._table, rows.route_row(binding.portal_id, account_id, campaign_id, settings)),
            *(self._settings_fit(where, found.get(where), broken.get(side, ())) for side, where in sides.items()),
            self._campaigns.moved_on(account_id, binding.portal_id, arrival.over),
        ]
        former = seen.binding
        if former is not None and former.portal_id != binding.portal_id:
            writes.append(dynamo.delete(self._table, keys.route(former.portal_id, account_id, campaign_id)))
        return bound, writes

    def unbind(self, binding: Binding, reason: str) -> list[Write]:
        """Remove a binding; the row keeps the HubSpot account's name, for the announcement, and no person's."""
        return [
            dynamo.update(
                self._table,
                keys.binding(binding.account_id, binding.campaign_id),
                "SET #state = :removed, #reason = :reason, connected_by = :nobody, #version = :next",
                condition="#version = :version AND #state <> :removed",
                names={"#state": "state", "#reason": "reason", "#version": "version"},
                values={
                    ":removed": rows.REMOVED,
                    ":reason": reason,
                    ":nobody": "",
                    ":version": binding.version,
                    ":next": binding.version + 1,
                },
            ),
            dynamo.delete(self._table, keys.route(binding.portal_id, binding.account_id, binding.campaign_id)),
        ]

    def become(
        self, binding: Binding, state: BindingState, reason: str, scopes: Sequence[str] | None = None
    ) -> list[Write]:
        """Mark a binding lost, or connected again, then with the `scopes` of the new grant."""
        values = {
            ":state": state,
            ":reason": reason,
            ":scopes": list(binding.scopes if scopes is None else scopes),
            ":version": binding.version,
            ":next": binding.version + 1,
            ":removed": rows.REMOVED,
        }
        return [
            dynamo.update(
                self._table,
                keys.binding(binding.account_id, binding.campaign_id),
                "SET #state = :state, #reason = :reason, scopes = :scopes, #version = :next",
                condition="#version = :version AND #state <> :removed",
                names={"#state": "state", "#reason": "reason", "#version": "version"},
                values=values,
            )
        ]

    def withdraw(self, seen: Binding, scopes: Collection[str]) -> None:
        """Take permissions that HubSpot lacks off the account's bindings to the portal, which share one grant.

        Nothing is taken off where the campaign was connected anew since it was `seen`, and off a
        binding that changes meanwhile.
        """
        bindings = self.on_portal(seen.account_id, seen.portal_id)
        if seen not in bindings:
            return
        dynamo.transact_groups(
            self._client,
            [
                self.become(binding, binding.state, LACKS_PERMISSION, kept)
                for binding in bindings
                if (kept := [scope for scope in binding.scopes if scope not in scopes]) != list(binding.scopes)
            ],
        )

    def still_bound(self, binding: Binding) -> Write:
        """Let a transaction pass only while this campaign is bound to this portal."""
        key = keys.route(binding.portal_id, binding.account_id, binding.campaign_id)
        return dynamo.check(self._table, key, "attribute_exists(pk)")

    def still_works(self, binding: Binding) -> Write:
        """Let a transaction pass only while this binding stands as it was seen, connected."""
        return dynamo.check(
            self._table,
            keys.binding(binding.account_id, binding.campaign_id),
            "#version = :seen AND #state = :connected",
            names={"#version": "version", "#state": "state"},
            values={":seen": binding.version, ":connected": BindingState.CONNECTED},
        )

    def _settings_fit(self, key: Key, row: Item | None, broken: Sequence[Broken]) -> Write:
        if row is None or rows.to_settings(row).broken == tuple(broken):
            return self._settings_stay(key, row)
        condition = _unchanged(row)
        values = condition["values"] | {":broken": rows.broken_rows(broken)}
        return dynamo.update(
            self._table,
            key,
            "SET broken = :broken",
            condition=condition["condition"],
            names=condition["names"],
            values=values,
        )

    def _settings_stay(self, key: Key, row: Item | None) -> Write:
        if row is None:
            return dynamo.check(self._table, key, "attribute_not_exists(pk)")
        condition = _unchanged(row)
        return dynamo.check(
            self._table, key, condition["condition"], names=condition["names"], values=condition["values"]
        )


def _version(row: Item | None) -> int:
    return row["version"] if row else 0


def _unchanged(row: Item | None) -> dict[str, Any]:
    if row is None:
        return {"condition": "attribute_not_exists(pk)"}
    return {"condition": "#version = :stored", "names": {"#version": "version"}, "values": {":stored": row["version"]}}
