"""Making and replacing the keys of REST clients; a key is told once and never stored."""

from __future__ import annotations

import secrets

from users.models import ApiToken


def token_key_renew(*, token: ApiToken) -> str:
    """Give a token a new key, save it, and return the key; an old key opens nothing any more."""
    key = secrets.token_urlsafe(32)
    token.key_hash = ApiToken.hash_of(key)
    token.prefix = key[:8]
    token.save()
    return key
