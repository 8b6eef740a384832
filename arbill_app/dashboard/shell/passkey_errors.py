"""What is said when an authenticator gives no answer, by the name of the browser's error."""

FAILURES = {
    "NotAllowedError": "No passkey was given. Try again.",
    "InvalidStateError": "This device has a passkey for you already.",
    "SecurityError": "Passkeys do not work at this address.",
    "TypeError": "This browser is too old for passkeys.",
}


def failure(name: str) -> str:
    return FAILURES.get(name, "That did not work. Try again.")
