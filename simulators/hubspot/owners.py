"""The people of a portal whom records can belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.problems import bad_request

Json = dict[str, Any]


@dataclass(slots=True)
class Owner:
    """A user as an owner: `id` is what records name, `user_id` what histories name."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    archived_ms: int | None = None
    created_ms: int = field(default_factory=now_ms)

    def as_json(self) -> Json:
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.archived_ms or self.created_ms),
            "archived": self.archived_ms is not None,
        }


def new_owners() -> dict[int, Owner]:
    """Those of a new portal, by id."""
    return {
        910_901: Owner(910_901, 123, "sales.north@example.com", "Sales", "North"),
        910_902: Owner(910_902, 124, "sales.south@example.com", "Sales", "South"),
        910_903: Owner(910_903, 125, "partners@example.com", "Partner", "Desk"),
    }


def list_all(call: Call) -> Answer:
    """By id, a hundred at a time unless asked otherwise."""
    limit, after, email = call.number("limit", 100, 500), call.one("after", "0"), call.one("email").lower()
    if not after.isascii() or not after.isdigit():
        raise bad_request("after is not a cursor", propertyName=["after"])
    archived = call.flag("archived")
    found = [
        owner
        for owner in sorted(call.portal.owners.values(), key=lambda owner: owner.id)
        if (owner.archived_ms is not None) == archived and owner.id > int(after) and email in ("", owner.email)
    ]
    page = found[:limit]
    call.rows = len(page)
    body: Json = {"results": [owner.as_json() for owner in page]}
    if len(found) > limit:
        body["paging"] = {"next": {"after": str(page[-1].id)}}
    return Answer(200, body)
