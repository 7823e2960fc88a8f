"""How shoppers come into being, decide about consent, and become one when they log in."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from catalog.merchandising import ratings_recompute
from recommender.features.wishes import wishes_take_over
from users.models import ApiToken, Consent, ConsentDecision, Shopper, User

SHOPPER_KEY = "shopper_key"


def shopper_for_user(user: User) -> Shopper:
    """The shopper of an account; made at the first call."""
    shopper, _made = Shopper.objects.get_or_create(
        user=user,
        defaults={
            "external_id": f"account-{user.pk}",
            "display_name": user.get_full_name() or user.get_username(),
        },
    )
    return shopper


@transaction.atomic
def shopper_for_visitor_make(*, request: HttpRequest) -> Shopper:
    """A shopper for somebody without an account, tied to the session; call it on consent."""
    key = request.session.get(SHOPPER_KEY) or secrets.token_hex(16)
    request.session[SHOPPER_KEY] = key
    shopper, _made = Shopper.objects.get_or_create(
        session_key=key, user=None, defaults={"external_id": f"visitor-{key}"}
    )
    # The visitor may have been looked up before there was a shopper.
    request.visitor.__dict__.pop("shopper", None)  # type: ignore[attr-defined]
    return shopper


@transaction.atomic
def consent_decide(*, shopper: Shopper, consent: Consent, source: str) -> None:
    """Record a decision about consent; repeating the same decision records nothing."""
    if shopper.consent == consent:
        return
    ConsentDecision.objects.create(shopper=shopper, consent=consent, source=source[:60])
    shopper.consent = consent
    # What may be used has changed, so slates that exist are stale.
    shopper.last_event_at = timezone.now()
    shopper.save(update_fields=["consent", "last_event_at"])


@transaction.atomic
def shopper_merge(*, anonymous: Shopper, account: Shopper) -> None:
    """Hand everything that an anonymous shopper did to the account; the anonymous one is gone.

    Consent given before log-in counts for the account unless the account has decided itself.
    Where the account has withdrawn, the anonymous shopper's events are dropped, not merged.
    """
    if anonymous.pk == account.pk or anonymous.user_id is not None:
        return
    if account.consent == Consent.UNKNOWN and anonymous.consent != Consent.UNKNOWN:
        consent_decide(shopper=account, consent=Consent(anonymous.consent), source="log-in")
    if account.consent == Consent.GRANTED:
        anonymous.events.update(shopper=account)
        anonymous.slates.update(shopper=account)
        wishes_take_over(anonymous=anonymous, account=account)
        reviewed = account.reviews.values("product")
        anonymous.reviews.exclude(product__in=reviewed).update(shopper=account)
        account.last_event_at = timezone.now()
        account.save(update_fields=["last_event_at"])
    left = list(anonymous.reviews.values_list("product", flat=True))
    anonymous.delete()
    ratings_recompute(products=left)


def visitor_log_in_merge(*, request: HttpRequest, user: User) -> Shopper:
    """Call right after log-in: the session's anonymous shopper becomes part of the account."""
    account = shopper_for_user(user)
    key = request.session.pop(SHOPPER_KEY, None)
    if key:
        anonymous = Shopper.objects.filter(session_key=key, user=None).first()
        if anonymous is not None:
            shopper_merge(anonymous=anonymous, account=account)
    decided = request.session.get("consent")
    if account.consent == Consent.UNKNOWN and decided in Consent.values:
        consent_decide(shopper=account, consent=Consent(decided), source="web")
    request.visitor.__dict__.pop("shopper", None)  # type: ignore[attr-defined]
    return account


@transaction.atomic
def shopper_named(*, external_id: str, token: ApiToken) -> Shopper:
    """The shopper whom a REST client names; one that was unknown is made.

    With consent granted only where the client attests it, otherwise not asked yet.
    """
    found = shoppers_resolve(
        external_ids={external_id}, attests_consent=token.attests_consent, source=token.name
    )
    if external_id in found:
        return found[external_id]
    return Shopper.objects.get_or_create(external_id=external_id)[0]


def shoppers_resolve(
    *, external_ids: set[str], attests_consent: bool, source: str
) -> dict[str, Shopper]:
    """The shoppers of a batch by external id, in a constant number of queries.

    Unknown ones are made, with consent granted, only where the caller attests it.
    """
    known = {s.external_id: s for s in Shopper.objects.filter(external_id__in=external_ids)}
    missing = sorted(external_ids - known.keys())
    if not missing or not attests_consent:
        return known
    with transaction.atomic():
        Shopper.objects.bulk_create(
            [Shopper(external_id=name, consent=Consent.GRANTED) for name in missing],
            ignore_conflicts=True,
        )
        made = list(Shopper.objects.filter(external_id__in=missing))
        ConsentDecision.objects.bulk_create(
            [ConsentDecision(shopper=s, consent=Consent.GRANTED, source=source[:60]) for s in made]
        )
    return known | {s.external_id: s for s in made}
