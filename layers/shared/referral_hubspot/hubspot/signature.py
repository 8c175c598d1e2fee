"""Proof that a webhook delivery comes from HubSpot: signature version 3.

Imports the standard library only: this is all of the package that a delivery needs before it is queued.

Source: HubSpot, "Validating requests".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

MAX_AGE_MS = 300_000

# What HubSpot decodes in the address before signing, and nothing else; in one pass, so that %253A stays.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)
_TIMESTAMP = re.compile(r"[0-9]{1,16}")


class SignatureRejectedError(Exception):
    """A delivery that HubSpot did not sign, or not now; `reason` is missing, malformed_timestamp, stale or mismatch."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"signature rejected: {reason}")
        self.reason = reason


def verify(
    *, secrets: Sequence[str], method: str, uri: str, body: bytes, timestamp: str, signature: str, now_ms: int
) -> None:
    """Accept a delivery that one of `secrets` signed within five minutes of `now_ms`, before or after.

    Args:
        secrets: The client secret; two while it is being replaced.
        uri: The public address as configured at HubSpot, not what a header says.
        body: The bytes as received; parsed and written again they are other bytes.
        timestamp: Header `X-HubSpot-Request-Timestamp`, "" when absent.
        signature: Header `X-HubSpot-Signature-v3`, "" when absent.

    Raises:
        SignatureRejectedError: see its `reason`.
    """
    if not timestamp or not signature:
        raise SignatureRejectedError("missing")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRejectedError("malformed_timestamp")
    if abs(now_ms - int(timestamp)) > MAX_AGE_MS:
        raise SignatureRejectedError("stale")
    decoded = _ENCODED.sub(lambda match: _DECODED[match.group().upper()], uri)
    signed = method.encode() + decoded.encode() + body + timestamp.encode()
    matches = [
        hmac.compare_digest(_sign(secret, signed), signature.encode(errors="replace")) for secret in secrets if secret
    ]
    if not any(matches):
        raise SignatureRejectedError("mismatch")


def _sign(secret: str, message: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest())
