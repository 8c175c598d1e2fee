"""How grants look as rows, in use and retired."""

import hashlib
from datetime import datetime
from typing import Any

from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import Item
from referral_hubspot.usecases.access import Grant, StoredGrant, lifetime


def token_row(account_id: str, grant: Grant, sealed: bytes, over: int, asked_at: datetime) -> dict[str, Any]:
    """A grant in use, as the version after `over`."""
    renew_at, valid_until = lifetime(grant.expires_in, asked_at)
    return {
        **keys.token(account_id, grant.portal_id).item(),
        "account_id": account_id,
        "portal_id": grant.portal_id,
        "sealed": sealed,
        "version": over + 1 if over else first_version(asked_at),
        "renew_at": dynamo.timestamp(renew_at),
        "valid_until": dynamo.timestamp(valid_until),
        "scopes": list(grant.scopes),
        "fingerprint": fingerprint(grant.refresh_token),
        "lease_until": "",
        "lost": False,
    }


def retired_row(token: Item, due: datetime) -> dict[str, Any]:
    """The tokens of a row, sealed as they are, to be given back at `due`."""
    return {
        **keys.cleanup(token["account_id"], token["portal_id"]).item(),
        **{name: token[name] for name in ("account_id", "portal_id", "sealed", "fingerprint", "version")},
        "due_at": due,
        "since": due,
        "attempts": 0,
        "lease_until": "",
    }


def fingerprint(refresh_token: str) -> str:
    """Tells whether two accounts hold the same token, without telling it."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def first_version(now: datetime) -> int:
    """Where versions start: at the time in ms.

    After a disconnect no version comes up a second time, so what some process remembers of an
    earlier grant never passes for the stored one.
    """
    return int(now.timestamp() * 1000)


def secrets(grant: Grant) -> dict[str, str]:
    """What of a grant is sealed."""
    return {"access_token": grant.access_token, "refresh_token": grant.refresh_token}


def to_grant(row: Item, access_token: str, refresh_token: str) -> StoredGrant:
    """What a row holds, with its tokens opened."""
    return StoredGrant(
        account_id=row["account_id"],
        portal_id=row["portal_id"],
        access_token=access_token,
        refresh_token=refresh_token,
        renew_at=dynamo.moment(row["renew_at"]),
        expires_at=dynamo.moment(row["valid_until"]),
        scopes=tuple(row["scopes"]),
        version=row["version"],
        lost=row["lost"],
    )


def only_over(version: int) -> dict[str, Any]:
    """The condition that this version is the stored one; 0 is none."""
    if version == 0:
        return {"condition": "attribute_not_exists(pk)"}
    return {"condition": "#version = :seen", "names": {"#version": "version"}, "values": {":seen": version}}
