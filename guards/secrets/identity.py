"""How a secret is named without being told: a masked prefix for people, a keyed digest for programs."""

from __future__ import annotations

import hashlib

_SIZE = 16


def digest(secret: str, key: bytes, *, salt: str = "") -> str:
    """The same for the same secret under the same key, and no help for who wants to guess it.

    With a salt, which stands in the settings, it is the same on every machine: whoever has the salt has the repository
    and so the secret itself, and whoever has only a report has neither. Without one it is under the user's own key.
    """
    chosen = hashlib.blake2b(salt.encode(), digest_size=32).digest() if salt else key[:64]
    return hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=chosen, digest_size=_SIZE).hexdigest()


def masked(secret: str, shown: int) -> str:
    """The public prefix of a value, and nothing of the rest, not even how long it is."""
    return f"{secret[:shown] if len(secret) >= 4 * shown else ''}****"
