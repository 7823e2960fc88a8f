"""The mail server, as one address in the environment: ``smtp+tls://user:password@host:587``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Port, STARTTLS, TLS from the first byte.
SCHEMES = {
    "smtp": (25, False, False),
    "smtp+tls": (587, True, False),
    "smtps": (465, False, True),
}


@dataclass(frozen=True)
class MailServer:
    """What Django's SMTP backend has to know."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """Read the address; user and password are percent-encoded in it.

        :raises ImproperlyConfigured: with what is wrong, but never with the password.
        """
        try:
            parts = urlsplit(url)
            given = parts.port
        except ValueError as error:
            raise ImproperlyConfigured(f"EMAIL_URL has no valid host or port: {error}") from None
        if parts.scheme not in SCHEMES:
            raise ImproperlyConfigured(
                f"EMAIL_URL must begin with one of {', '.join(f'{s}://' for s in SCHEMES)}"
            )
        if not parts.hostname:
            raise ImproperlyConfigured("EMAIL_URL names no host")
        port, starttls, tls = SCHEMES[parts.scheme]
        return cls(
            host=parts.hostname,
            port=given or port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            starttls=starttls,
            tls=tls,
        )


def hosts_are_named(hosts: Sequence[str]) -> None:
    """Refuse to send mail for any host: whoever asks for a link chooses the host that it leads to.

    :raises ImproperlyConfigured: where ``ALLOWED_HOSTS`` allows every name.
    """
    if "*" in hosts:
        raise ImproperlyConfigured("with EMAIL_URL, ALLOWED_HOSTS must name the hosts of the site")
