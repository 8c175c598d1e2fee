"""Tokens at rest: encrypted by KMS for one account and portal, and of no use under another's name."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class Sealer:
    """Seals small secrets (at most 4 kB as JSON) with one KMS key.

    The account and the portal are the encryption context: a sealed blob copied into another
    account's row does not open.
    """

    def __init__(self, kms: "KMSClient", key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def seal(self, account_id: str, portal_id: int, secrets: Mapping[str, str]) -> bytes:
        """The secrets, readable through `open` only."""
        answer = self._kms.encrypt(
            KeyId=self._key_id,
            Plaintext=json.dumps(dict(secrets)).encode(),
            EncryptionContext=_context(account_id, portal_id),
        )
        return answer["CiphertextBlob"]

    def open(self, account_id: str, portal_id: int, sealed: bytes) -> dict[str, str]:
        """What `seal` was given for the same account and portal."""
        answer = self._kms.decrypt(
            KeyId=self._key_id, CiphertextBlob=sealed, EncryptionContext=_context(account_id, portal_id)
        )
        secrets: dict[str, str] = json.loads(answer["Plaintext"])
        return secrets


def _context(account_id: str, portal_id: int) -> dict[str, str]:
    return {"account_id": account_id, "portal_id": str(portal_id)}
