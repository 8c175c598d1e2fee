"""Lists of contacts of one HubSpot account, and everybody in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote, urlencode

from referral_hubspot.domain.crm import Contact, ContactList, ContactPage, Member, Members, ObjectType
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.domain.syncs import ListGoneError
from referral_hubspot.hubspot import reads
from referral_hubspot.hubspot.batches import objects
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.refusals import mapping, mappings
from referral_hubspot.hubspot.transport import API_VERSION

_LISTS = f"/crm/lists/{API_VERSION}"
_SEARCH = f"{objects(ObjectType.CONTACT)}/search"
_MOST_MEMBERS = 250
_MOST_CONTACTS = 100
_MOST_FOUND = 200
_MOST_LISTS = 100
_SIZE = "hs_list_size"
_ID = "hs_object_id"


class Lists:
    """The part of `HubSpotCrm` that reads many contacts; it calls by the `_caller` it finds there."""

    _caller: Caller

    def lists(self, query: str) -> list[ContactList]:
        """Lists of contacts whose name holds the text, with their sizes."""
        body = {
            "query": query,
            "objectTypeId": ObjectType.CONTACT.type_id,
            "processingTypes": [],
            "listIds": [],
            "offset": 0,
            "count": _MOST_LISTS,
            "additionalProperties": [_SIZE],
        }
        found = self._caller.call("POST", f"{_LISTS}/search", body).body
        return [_list(one) for one in mappings(found.get("lists")) if one.get("listId")]

    def contact_list(self, list_id: str) -> ContactList:
        """One list.

        Raises:
            ListGoneError: there is none.
        """
        return _list(mapping(self._of_list(list_id).get("list")))

    def members(self, list_id: str, after: str, order: Literal["joining", "id"]) -> Members:
        """A page of at most 250 members.

        Raises:
            ListGoneError: the list is gone.
        """
        query = urlencode({"limit": _MOST_MEMBERS} | ({"after": after} if after else {}))
        body = self._of_list(list_id, f"/memberships{'/join-order' if order == 'joining' else ''}?{query}")
        if not isinstance(body.get("results"), list):
            raise CrmUnavailableError(status=200)
        return Members(tuple(_member(one) for one in mappings(body["results"]) if one.get("recordId")), _next(body))

    def contacts(self, after: str, properties: Sequence[str]) -> ContactPage:
        """A page of at most 100 of all contacts."""
        query = {"limit": _MOST_CONTACTS, "properties": ",".join((*properties, "createdate"))}
        path = f"{objects(ObjectType.CONTACT)}?{urlencode(query | ({'after': after} if after else {}))}"
        body = self._caller.call("GET", path).body
        return ContactPage(_contacts(body, properties), _next(body))

    def contacts_lacking(
        self, lacking: str, having: str, modified_since: datetime, after: str, properties: Sequence[str]
    ) -> ContactPage:
        """A page of at most 200 contacts with a value of one property and none of another. The index lags.

        Each page is a search of its own for the ids above the last, because HubSpot shows no more than
        10,000 results of one.
        """
        filters: list[dict[str, str]] = [
            {"propertyName": having, "operator": "HAS_PROPERTY"},
            {"propertyName": lacking, "operator": "NOT_HAS_PROPERTY"},
            {
                "propertyName": "lastmodifieddate",
                "operator": "GTE",
                "value": str(int(modified_since.timestamp() * 1000)),
            },
        ]
        if after:
            filters.append({"propertyName": _ID, "operator": "GT", "value": after})
        query = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": _ID, "direction": "ASCENDING"}],
            "properties": [*properties, "createdate"],
            "limit": _MOST_FOUND,
        }
        body = self._caller.call("POST", _SEARCH, query, kind="search").body
        found = tuple(sorted(_contacts(body, properties), key=lambda contact: int(contact.record_id)))
        more = len(found) >= _MOST_FOUND or bool(_next(body))
        return ContactPage(found, found[-1].record_id if found and more else "")

    def count_contacts(self, having: str = "") -> int:
        """How many contacts there are; with `having`, how many of them have a value of that property."""
        filters = [{"filters": [{"propertyName": having, "operator": "HAS_PROPERTY"}]}] if having else []
        body = self._caller.call("POST", _SEARCH, {"filterGroups": filters, "limit": 1}, kind="search").body
        try:
            return int(body["total"])
        except (KeyError, TypeError, ValueError) as error:
            raise CrmUnavailableError(status=200) from error

    def _of_list(self, list_id: str, path: str = "") -> Mapping[str, Any]:
        reply = self._caller.call("GET", f"{_LISTS}/{quote(list_id, safe='')}{path}", accept=(404,))
        if reply.status == 404:
            raise ListGoneError(list_id)
        return reply.body


def _list(one: Mapping[str, Any]) -> ContactList:
    size = one.get("size", mapping(one.get("additionalProperties")).get(_SIZE))
    known = str(size).isdecimal() if size is not None else False
    return ContactList(
        str(one.get("listId", "")),
        str(one.get("name") or ""),
        int(str(size)) if known else None,
        one.get("processingType") == "DYNAMIC",
    )


def _member(one: Mapping[str, Any]) -> Member:
    try:
        return Member(str(one["recordId"]), datetime.fromisoformat(str(one["membershipTimestamp"])))
    except (KeyError, ValueError) as error:
        raise CrmUnavailableError(status=200) from error


def _contacts(body: Mapping[str, Any], properties: Sequence[str]) -> tuple[Contact, ...]:
    return tuple(reads.contact(result, properties) for result in reads.results(body))


def _next(body: Mapping[str, Any]) -> str:
    return str(mapping(mapping(body.get("paging")).get("next")).get("after") or "")
