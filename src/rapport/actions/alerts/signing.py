"""Signatures by which a receiver knows who sent an alert, and when (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
TOLERANCE = 300  # seconds by which a receiver's clock may differ


def secret_bytes(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 after `whsec_`, else the text itself.

    Examples
    --------
    >>> secret_bytes("whsec_c2VjcmV0"), secret_bytes("secret")
    (b'secret', b'secret')
    """
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`: `v1,` and HMAC-SHA-256 in base64.

    What is signed is the id, the time in seconds and the body, with points between them
    (Standard Webhooks, section "Signature scheme").

    Examples
    --------
    >>> signature(
    ...     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ...     "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    ... )
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{key}.{timestamp}.".encode() + body
    made = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def headers(secret: str | None, key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of an alert: its key, its time and, with a secret, the signature."""
    made = {"webhook-id": key, "webhook-timestamp": str(timestamp), "Idempotency-Key": key}
    if secret:
        made["webhook-signature"] = signature(secret, key, timestamp, body)
    return made


def is_genuine(secret: str, headers: dict[str, str], body: bytes, now: int) -> bool:
    """Return whether an alert was sent by somebody who knows the secret, a short time ago.

    For receivers written in Python; in other languages any library for Standard Webhooks does it.
    """
    told = {name.casefold(): value for name, value in headers.items()}
    try:
        timestamp = int(told["webhook-timestamp"])
        expected = signature(secret, told["webhook-id"], timestamp, body)
    except (KeyError, ValueError):
        return False
    given = told.get("webhook-signature", "").split()
    fresh = abs(now - timestamp) <= TOLERANCE
    return fresh and any(hmac.compare_digest(expected, each) for each in given)
