"""How a TOTP key is shown to somebody who sets up an authenticator app."""

import segno


def drawn(uri: str) -> str:
    """The QR code as an image that is its own address."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#fff")


def grouped(key: str) -> str:
    """In groups of four, for typing."""
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))
