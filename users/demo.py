"""The demo's three log-ins: a shopper with history, a merchandiser, a REST client.

Run again, everything stays as it was; what is missing on either side, in the database or in the
file of log-ins, is made again to agree with the other.
"""

from __future__ import annotations

import secrets

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, Q

from recsite.demo_credentials import Credentials, Login
from users.models import ApiToken, Consent, Scope, Shopper, User
from users.shoppers import consent_decide, shopper_for_user

SHOPPER_NAME = "shopper"
MERCHANDISER_NAME = "merchandiser"
TOKEN_NAME = "demo"
MERCHANDISER_GROUP = "Merchandiser"


@transaction.atomic
def demo_accounts_make(*, known: Credentials | None, base_url: str) -> Credentials:
    """Make what is missing of the three log-ins; ``known`` holds those handed out before."""
    shopper_login = known["shopper_login"] if known else _login_new(SHOPPER_NAME)
    merchandiser_login = known["merchandiser_login"] if known else _login_new(MERCHANDISER_NAME)
    shopper_user = _user_ensure(shopper_login)
    staff = _user_ensure(merchandiser_login)
    if not staff.is_staff:
        staff.is_staff = True
        staff.save(update_fields=["is_staff"])
    # The group and what it may do come with the migrations.
    group, _made = Group.objects.get_or_create(name=MERCHANDISER_GROUP)
    staff.groups.add(group)
    return Credentials(
        base_url=base_url,
        api_token=_token_ensure(known["api_token"] if known else secrets.token_urlsafe(32)),
        shopper=_shopper_ensure(shopper_user).external_id,
        shopper_login=shopper_login,
        merchandiser_login=merchandiser_login,
    )


def _login_new(username: str) -> Login:
    return Login(username=username, password=secrets.token_urlsafe(12))


def _user_ensure(login: Login) -> User:
    user, _made = User.objects.get_or_create(username=login["username"])
    if not user.check_password(login["password"]):
        user.set_password(login["password"])
        user.save(update_fields=["password"])
    return user


def _token_ensure(key: str) -> str:
    """Let ``key`` be the demo client's; a key whose words are lost opens nothing any more."""
    ApiToken.objects.update_or_create(
        name=TOKEN_NAME,
        defaults={
            "key_hash": ApiToken.hash_of(key),
            "prefix": key[:8],
            "scopes": [scope.value for scope in Scope],
            "attests_consent": True,
            "is_active": True,
        },
    )
    return key


def _shopper_ensure(user: User) -> Shopper:
    """Give the account the history of whoever came to the shop most often."""
    shopper = Shopper.objects.filter(user=user).first()
    if shopper is None:
        shopper = _most_frequent_shopper()
        if shopper is not None:
            shopper.user = user
            shopper.display_name = shopper.display_name or shopper.external_id.capitalize()
            shopper.save(update_fields=["user", "display_name"])
        else:
            shopper = shopper_for_user(user)
    consent_decide(shopper=shopper, consent=Consent.GRANTED, source="demo")
    return shopper


def _most_frequent_shopper() -> Shopper | None:
    """The shopper without an account who has most baskets: purchases at one time are a basket."""
    baskets = Count("events__time", distinct=True, filter=Q(events__type="purchase"))
    return (
        Shopper.objects.filter(user=None, session_key="")
        .annotate(baskets=baskets)
        .filter(baskets__gt=0)
        .order_by("-baskets", "pk")
        .first()
    )
