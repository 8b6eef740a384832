"""An authenticator in software: makes passkeys and signs with them, and may lie in every way that an attacker could."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN, RP = "http://localhost:3000", "localhost"


@dataclass
class Authenticator:
    """One passkey. `origin`, `rp` and `flags` are what it says of where it was used."""

    origin: str = ORIGIN
    rp: str = RP
    flags: int = PRESENT | VERIFIED
    count: int = 0
    counts: bool = True
    user_id: bytes = b""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """The answer to `navigator.credentials.create`, as JSON."""
        asked = json.loads(options)
        self.user_id = base64url_to_bytes(asked["user"]["id"])
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        data = self._data(ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = {"attestationObject": attestation, "clientDataJSON": self._client("webauthn.create", asked["challenge"])}
        return self._answer(said, transports=["internal"])

    def get(self, options: str, challenge: str = "") -> str:
        """The answer to `navigator.credentials.get`; `challenge` is another one than was asked."""
        if self.counts:
            self.count += 1
        client = self._client("webauthn.get", challenge or json.loads(options)["challenge"])
        data = self._data()
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"authenticatorData": data, "clientDataJSON": client, "signature": signed}
        return self._answer(said | {"userHandle": self.user_id})

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return encode_cbor({1: 2, 3: -7, -1: 1} | point)

    def _answer(self, said: dict[str, bytes], **more: list[str]) -> str:
        id = bytes_to_base64url(self.id)
        response = {name: bytes_to_base64url(value) for name, value in said.items()}
        whole = {"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(whole | {"response": response | more})
