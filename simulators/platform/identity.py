"""The platform's own OpenID Connect issuer: a signing key, its public half, and tokens for test users."""

import json
import os
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from pydantic import BaseModel, Field

DEFAULT_AUDIENCE = "referral-hubspot"


class TokenRequest(BaseModel):
    """Who the token is for.

    `expires_in` may be negative, and `issuer` and `audience` wrong on purpose: tests need tokens that must be refused.
    """

    account_id: str
    sub: str = "user-1"
    name: str = "Ada Admin"
    role: str = "admin"
    campaign_ids: list[str] | None = None
    expires_in: int = 3600
    issuer: str | None = None
    audience: str | None = None
    claims: dict[str, Any] = Field(default_factory=dict)


class Identity:
    """Signs with one RSA key for its whole life; with `key_file`, for the life of that file.

    Verifiers cache the key set for hours, so a platform that restarts on the same address needs the same key.
    """

    def __init__(self, issuer: str, audience: str, key_file: Path | None = None) -> None:
        self.issuer = issuer
        self.audience = audience
        self._key = _load_or_create(key_file) if key_file else _new_key()
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        thumbprint = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
        self._key_id = sha256(thumbprint.encode()).hexdigest()[:16]
        self._public = {**public, "kid": self._key_id, "use": "sig", "alg": "RS256"}

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }

    def key_set(self) -> dict[str, Any]:
        return {"keys": [self._public]}

    def mint(self, request: TokenRequest, at: datetime) -> str:
        """A signed token with the claims the integration's HTTP API reads (`campaign_ids` space-separated)."""
        claims: dict[str, Any] = {
            "iss": request.issuer or self.issuer,
            "aud": request.audience or self.audience,
            "iat": min(at, at + timedelta(seconds=request.expires_in)),
            "exp": at + timedelta(seconds=request.expires_in),
            "account_id": request.account_id,
            "sub": request.sub,
            "name": request.name,
            "role": request.role,
        }
        if request.campaign_ids is not None:
            claims["campaign_ids"] = " ".join(request.campaign_ids)
        return jwt.encode({**claims, **request.claims}, self._key, algorithm="RS256", headers={"kid": self._key_id})


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _load_or_create(path: Path) -> RSAPrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{path} does not hold an RSA key")
        return key
    key = _new_key()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return key
