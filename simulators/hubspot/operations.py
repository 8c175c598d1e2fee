"""Every endpoint of the API, with what it asks of the caller. The version may be any that HubSpot has or had."""

from __future__ import annotations

from simulators.hubspot import account, contact_batches, contacts, oauth, property_calls, search
from simulators.hubspot.answers import Operation

_READ = ("crm.objects.contacts.read",)
_WRITE = ("crm.objects.contacts.write",)
_SCHEMA = ("crm.schemas.contacts.read", "crm.objects.contacts.read")


def _objects(rest: str = "") -> tuple[str, ...]:
    """Dated and legacy paths of contacts, by each of the names HubSpot takes."""
    return tuple(
        path.format(name=name, rest=rest)
        for name in ("contacts", "contact", "0-1")
        for path in ("/crm/objects/{{version}}/{name}{rest}", "/crm/{{version}}/objects/{name}{rest}")
    )


def _properties(rest: str = "") -> tuple[str, ...]:
    return tuple(
        path.format(name=name, rest=rest)
        for name in ("contacts", "contact", "0-1")
        for path in ("/crm/properties/{{version}}/{name}{rest}", "/crm/{{version}}/properties/{name}{rest}")
    )


_ONE = "/{object_id}"

OPERATIONS = (
    Operation("oauth.token", "POST", ("/oauth/{version}/token",), oauth.token, public=True),
    Operation("oauth.introspect", "POST", ("/oauth/{version}/token/introspect",), oauth.introspect, public=True),
    Operation("oauth.revoke", "POST", ("/oauth/{version}/token/revoke",), oauth.revoke, public=True),
    Operation("account.details", "GET", ("/account-info/{version}/details",), account.details),
    Operation("app.uninstall", "DELETE", ("/appinstalls/{version}/external-install",), account.uninstall),
    Operation("contacts.list", "GET", _objects(), contacts.list_all, _READ),
    Operation("contacts.create", "POST", _objects(), contacts.create, _WRITE),
    Operation("contacts.search", "POST", _objects("/search"), search.search, _READ, search=True),
    Operation("contacts.merge", "POST", _objects("/merge"), contacts.merge, _WRITE),
    Operation("contacts.gdpr_delete", "POST", _objects("/gdpr-delete"), contacts.gdpr_delete, _WRITE),
    Operation("contacts.batch_read", "POST", _objects("/batch/read"), contact_batches.read, _READ),
    Operation("contacts.batch_create", "POST", _objects("/batch/create"), contact_batches.create, _WRITE),
    Operation("contacts.batch_update", "POST", _objects("/batch/update"), contact_batches.update, _WRITE),
    Operation("contacts.batch_upsert", "POST", _objects("/batch/upsert"), contact_batches.upsert, _WRITE),
    Operation("contacts.batch_archive", "POST", _objects("/batch/archive"), contact_batches.archive, _WRITE),
    Operation("contacts.read", "GET", _objects(_ONE), contacts.read, _READ),
    Operation("contacts.update", "PATCH", _objects(_ONE), contacts.update, _WRITE),
    Operation("contacts.archive", "DELETE", _objects(_ONE), contacts.archive, _WRITE),
    Operation("properties.list", "GET", _properties(), property_calls.list_all, _SCHEMA),
    Operation("properties.create", "POST", _properties(), property_calls.create, ("crm.schemas.contacts.write",)),
    Operation("properties.read", "GET", _properties("/{property_name}"), property_calls.read, _SCHEMA),
)
