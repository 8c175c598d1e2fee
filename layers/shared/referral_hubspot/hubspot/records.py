"""Records of one HubSpot account, contacts and deals alike: found, looked back on, and put away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from referral_hubspot.domain.crm import History, Matches, ObjectType
from referral_hubspot.domain.errors import CrmUnavailableError, RetryableError
from referral_hubspot.hubspot import reads
from referral_hubspot.hubspot.batches import Batches, assert_batch, objects
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.refusals import mapping

_LARGEST_PAGE = 200
_MOST_HISTORIES = 50
_ID = "hs_object_id"
_MODIFIED = {ObjectType.CONTACT: "lastmodifieddate", ObjectType.DEAL: "hs_lastmodifieddate"}


class Records(Batches):
    """The part of `HubSpotCrm` that is the same for contacts and deals."""

    _oauth: OAuth

    def search(
        self, object_type: ObjectType, property_name: str, value: str, modified_since: datetime, after: str = ""
    ) -> Matches:
        """Records at a value.

        Each page is a search of its own for the ids above the last, because HubSpot shows no more than
        10,000 results of one.
        """
        filters = [
            _filter(property_name, "EQ", value),
            _filter(_MODIFIED[object_type], "GTE", str(int(modified_since.timestamp() * 1000))),
        ]
        if after:
            filters.append(_filter(_ID, "GT", after))
        query = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": _ID, "direction": "ASCENDING"}],
            "properties": [_ID],
            "limit": _LARGEST_PAGE,
        }
        body = self._caller.call("POST", f"{objects(object_type)}/search", query, kind="search").body
        found = sorted((str(result["id"]) for result in reads.results(body)), key=int)
        more = len(found) >= _LARGEST_PAGE or bool(mapping(mapping(body.get("paging")).get("next")).get("after"))
        return Matches(tuple(found), found[-1] if found and more else "")

    def histories(
        self, object_type: ObjectType, record_ids: Sequence[str], property_name: str
    ) -> Mapping[str, History]:
        """What a property was, by the record id asked for."""
        if not record_ids:
            return {}
        assert_batch(record_ids, _MOST_HISTORIES)
        body = self._read(object_type, record_ids, [reads.MERGED], history_of=[property_name])
        found = reads.by_id(record_ids, body)
        asks = any(reads.written_by_an_app(result, property_name) for result in found.values())
        app_id = self._app_id() if asks else ""
        return {
            asked: History(str(result["id"]), reads.past(result, property_name, app_id), reads.merged(result))
            for asked, result in found.items()
        }

    def surviving(self, object_type: ObjectType, record_id: str) -> str:
        """What a record is called today, "" if it is gone."""
        reply = self._caller.call("GET", f"{objects(object_type)}/{record_id}", accept=(404,))
        if reply.status == 404:
            return ""
        if not reply.body.get("id"):
            raise CrmUnavailableError(status=reply.status)
        return str(reply.body["id"])

    def archive(self, object_type: ObjectType, record_ids: Sequence[str]) -> None:
        """Move records to HubSpot's recycle bin."""
        if not record_ids:
            return
        assert_batch(record_ids)
        inputs = {"inputs": [{"id": record_id} for record_id in record_ids]}
        # Refused as absent, one record is where it should be; of several nothing would be known.
        gone = (404,) if len(record_ids) == 1 else ()
        self._caller.call("POST", f"{objects(object_type)}/batch/archive", inputs, accept=gone)

    def _app_id(self) -> str:
        try:
            return self._oauth.app_id(self._caller.access_token())
        except RetryableError:  # then every app's value counts as ours; see `reads.past`
            return ""


def _filter(property_name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": property_name, "operator": operator, "value": value}
