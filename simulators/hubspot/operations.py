"""Every endpoint of the API, with what it asks of the caller. The version may be any that HubSpot has or had."""

from __future__ import annotations

from simulators.hubspot import (
    account,
    association_calls,
    list_calls,
    oauth,
    owners,
    pipeline_calls,
    property_calls,
    record_batches,
    records,
    search,
)
from simulators.hubspot.answers import Handler, Operation
from simulators.hubspot.object_types import CONTACT, DEAL, OBJECT_TYPES, ObjectType

_ONE = "/{object_id}"
_BESIDE = "/{object_id}/associations"

_READS: tuple[tuple[str, str, str, Handler], ...] = (
    ("list", "GET", "", records.list_all),
    ("search", "POST", "/search", search.search),
    ("batch_read", "POST", "/batch/read", record_batches.read),
    ("read", "GET", _ONE, records.read),
    ("associations", "GET", _BESIDE + "/{to_type}", association_calls.list_all),
)
_WRITES: tuple[tuple[str, str, str, Handler], ...] = (
    ("create", "POST", "", records.create),
    ("merge", "POST", "/merge", records.merge),
    ("batch_create", "POST", "/batch/create", record_batches.create),
    ("batch_update", "POST", "/batch/update", record_batches.update),
    ("batch_upsert", "POST", "/batch/upsert", record_batches.upsert),
    ("batch_archive", "POST", "/batch/archive", record_batches.archive),
    ("update", "PATCH", _ONE, records.update),
    ("archive", "DELETE", _ONE, records.archive),
    ("associate", "PUT", _BESIDE + "/default/{to_type}/{to_id}", association_calls.associate),
)
_LISTS: tuple[tuple[str, str, str, Handler], ...] = (
    ("search", "POST", "/search", list_calls.search),
    ("members", "GET", "/{list_id}/memberships", list_calls.members),
    ("join_order", "GET", "/{list_id}/memberships/join-order", list_calls.join_order),
    ("read", "GET", "/{list_id}", list_calls.read),
)
_SEEN_IN_PIPELINES = ("crm.schemas.deals.read", "crm.objects.deals.read")


def _paths(area: str, kind: ObjectType, rest: str = "") -> tuple[str, ...]:
    """Dated and legacy paths, by each of the names that HubSpot takes for an object type."""
    return tuple(
        f"/crm/{prefix}/{name}{rest}"
        for name in kind.names
        for prefix in (f"{area}/{{version}}", f"{{version}}/{area}")
    )


def _about(kind: ObjectType) -> list[Operation]:
    """What can be done with one type of records, and with their properties."""
    many = kind.plural
    reading = (f"crm.schemas.{many}.read", f"crm.objects.{many}.read")
    writing = (f"crm.schemas.{many}.write",)
    properties = (
        ("list", "GET", "", property_calls.list_all, reading),
        ("create", "POST", "", property_calls.create, writing),
        ("batch_create", "POST", "/batch/create", property_calls.batch_create, writing),
        ("groups", "GET", "/groups", property_calls.list_groups, reading),
        ("create_group", "POST", "/groups", property_calls.create_group, writing),
        ("read", "GET", "/{property_name}", property_calls.read, reading),
        ("archive", "DELETE", "/{property_name}", property_calls.archive, writing),
    )
    return [
        *(
            Operation(
                f"{many}.{name}",
                method,
                _paths("objects", kind, rest),
                handle,
                (f"crm.objects.{many}.{allowed}",),
                search=name == "search",
                object_type=kind,
            )
            for allowed, rows in (("read", _READS), ("write", _WRITES))
            for name, method, rest, handle in rows
        ),
        *(
            Operation(f"properties.{name}", method, _paths("properties", kind, rest), handle, scopes, object_type=kind)
            for name, method, rest, handle, scopes in properties
        ),
    ]


OPERATIONS = (
    Operation("oauth.token", "POST", ("/oauth/{version}/token",), oauth.token, public=True),
    Operation("oauth.introspect", "POST", ("/oauth/{version}/token/introspect",), oauth.introspect, public=True),
    Operation("oauth.revoke", "POST", ("/oauth/{version}/token/revoke",), oauth.revoke, public=True),
    Operation("account.details", "GET", ("/account-info/{version}/details",), account.details),
    Operation("app.uninstall", "DELETE", ("/appinstalls/{version}/external-install",), account.uninstall),
    Operation(
        "contacts.gdpr_delete",
        "POST",
        _paths("objects", CONTACT, "/gdpr-delete"),
        records.gdpr_delete,
        ("crm.objects.contacts.write",),
        object_type=CONTACT,
    ),
    *(operation for kind in OBJECT_TYPES for operation in _about(kind)),
    Operation("pipelines.list", "GET", _paths("pipelines", DEAL), pipeline_calls.list_all, _SEEN_IN_PIPELINES),
    Operation(
        "pipelines.read", "GET", _paths("pipelines", DEAL, "/{pipeline_id}"), pipeline_calls.read, _SEEN_IN_PIPELINES
    ),
    *(
        Operation(
            f"lists.{name}",
            method,
            (f"/crm/lists/{{version}}{rest}", f"/crm/{{version}}/lists{rest}"),
            handle,
            ("crm.lists.read",),
        )
        for name, method, rest, handle in _LISTS
    ),
    Operation(
        "owners.list",
        "GET",
        ("/crm/owners/{version}", "/crm/{version}/owners"),
        owners.list_all,
        ("crm.objects.owners.read",),
    ),
)
