"""WebAuthn: options for the browser, and verification of its response. No database.

Everywhere the authenticator must verify the user (fingerprint, face, PIN), so a passkey is two factors by itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ...kernel.settings import settings

LASTS = 300  # seconds in which a browser has to answer
LONGEST = 10_000  # characters of an answer
ODD = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)  # of answers that are none
REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Proof:
    """What a browser answered (JSON), and the challenge that it was asked, as it was kept here."""

    answer: str
    challenge: bytes


@dataclass(frozen=True)
class Credential:
    """`id` is base64url without padding."""

    id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()


def rp_id() -> str:
    """The host that passkeys are bound to: that of ARBILL_ORIGIN."""
    return urlsplit(settings().origin).hostname or ""


def _origins() -> list[str]:
    return [origin for origin in settings().origins if urlsplit(origin).hostname == rp_id()]


def is_possible() -> bool:
    """Browsers have passkeys only for names, not for IP addresses, and only over https or on this machine."""
    try:
        ip_address(rp_id())
    except ValueError:
        return settings().https or rp_id() == "localhost"
    return False


def challenge_in(answer: str) -> bytes | None:
    """The challenge that an answer says it answers."""
    try:
        assert len(answer) <= LONGEST
        said = json.loads(answer)["response"]["clientDataJSON"]
        return bytes(parse_client_data_json(base64url_to_bytes(said)).challenge)
    except (*ODD, AssertionError):
        return None


def to_add(challenge: bytes, user_id: str, email: str, name: str, known: Sequence[str]) -> str:
    """What `navigator.credentials.create` is asked, as JSON; `known` are credentials that the person has already."""
    options = generate_registration_options(
        rp_id=rp_id(),
        rp_name="arbill",
        user_id=user_id.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=LASTS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    return options_to_json(options)


def to_use(challenge: bytes, allowed: Sequence[str] = ()) -> str:
    """What `navigator.credentials.get` is asked, as JSON; without `allowed` any passkey for this host will do."""
    options = generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=LASTS * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in allowed],
        user_verification=REQUIRED,
    )
    return options_to_json(options)


def added(proof: Proof) -> Credential | None:
    """The new credential; None when the answer does not hold."""
    try:
        checked = verify_registration_response(
            credential=proof.answer,
            expected_challenge=proof.challenge,
            expected_rp_id=rp_id(),
            expected_origin=_origins(),
            require_user_verification=True,
        )
        said = json.loads(proof.answer)["response"].get("transports") or []
        transports = tuple(one.value for one in AuthenticatorTransport if one.value in said)
    except ODD:
        return None
    id = bytes_to_base64url(checked.credential_id)
    return Credential(id, checked.credential_public_key, checked.sign_count, transports)


def credential_in(answer: str) -> tuple[str, str]:
    """(credential id, user id) that an answer names; "" where it names none. Nothing is checked yet."""
    try:
        said: dict[str, Any] = json.loads(answer)
        handle = said["response"].get("userHandle")
        id = bytes_to_base64url(base64url_to_bytes(said["id"]))
        return id, base64url_to_bytes(handle).decode() if handle else ""
    except ODD:
        return "", ""


def used(proof: Proof, credential: Credential) -> int | None:
    """The new signature count; None when the answer does not hold, or its count did not go up (a copied key)."""
    try:
        checked = verify_authentication_response(
            credential=proof.answer,
            expected_challenge=proof.challenge,
            expected_rp_id=rp_id(),
            expected_origin=_origins(),
            credential_public_key=credential.public_key,
            credential_current_sign_count=credential.sign_count,
            require_user_verification=True,
        )
    except ODD:
        return None
    return checked.new_sign_count
