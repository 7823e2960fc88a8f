"""How REST clients prove who they are, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.models import ApiToken

if TYPE_CHECKING:
    # The REST framework's views name this module in their settings: a circle at run time.
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer KEY`` (``Token KEY`` means the same)."""

    keywords: ClassVar[set[bytes]] = {b"bearer", b"token"}

    def authenticate(self, request: Request) -> tuple[None, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() not in self.keywords:
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The Authorization header must be “Bearer KEY”."))
        key = parts[1].decode("latin-1")
        token = ApiToken.objects.filter(key_hash=ApiToken.hash_of(key), is_active=True).first()
        if token is None:
            raise AuthenticationFailed(_("This token is unknown or has been switched off."))
        return None, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Asks for the scope that the view names: ``required_scopes = {"GET": Scope.SLATES_READ}``.

    Several are needed together where the view names a tuple. A view without ``required_scopes`` is
    open to nobody, so that forgetting is safe.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return False
        scopes: dict[str, Any] = getattr(view, "required_scopes", {})
        needed = scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if request.method == "OPTIONS":
            return True
        if needed is None:
            return False
        for scope in scope_names(needed):
            if scope not in token.scopes:
                self.message = _("This token lacks the scope “%(scope)s”.") % {"scope": scope}
                return False
        return True


def scope_names(needed: str | tuple[str, ...]) -> tuple[str, ...]:
    """The scopes that a view names, whether one or several."""
    return (str(needed),) if isinstance(needed, str) else tuple(map(str, needed))
