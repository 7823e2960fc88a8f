"""Shoppers for REST clients: profile, consent, export, erasure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.models import Product
from catalog.text_limits import text_problem
from recommender.features.models import Wish
from recommender.features.profile import Favourite, profile_read
from recommender.features.wishes import (
    WishRefusedError,
    wish_make,
    wish_told,
    wish_withdraw,
    wishes_of,
)
from recsite.api_view import ApiView, json_response
from recsite.fields import Fields
from recsite.problems import FieldError, Invalid
from recsite.schema import problems
from users.erasure import shopper_erase
from users.erasure_receipts import receipt_get, receipt_told
from users.export import shopper_export
from users.models import Consent, ErasureReceipt, Scope, Shopper
from users.serializers import (
    ErasureSerializer,
    ExportSerializer,
    ProfileChangeSerializer,
    ProfileSerializer,
    ReceiptSerializer,
    WishSerializer,
)
from users.shoppers import consent_decide, shopper_named

ID_LIMIT = 100
NAME_LIMIT = 100
CHANGEABLE = ("consent", "display_name")


def shopper_found(external_id: str) -> Shopper:
    """The shopper, or a 404 that names them."""
    shopper = None
    if not text_problem(external_id):
        shopper = Shopper.objects.select_related("user").filter(external_id=external_id).first()
    if shopper is None:
        raise NotFound(_("There is no shopper “%(id)s”.") % {"id": external_id})
    return shopper


class ProfileView(ApiView):
    """A shopper's profile."""

    required_scopes = {"GET": Scope.PROFILE_READ, "PATCH": Scope.PROFILE_WRITE}

    @extend_schema(
        operation_id="profile_read",
        tags=["shoppers"],
        summary="Profile",
        responses={200: ProfileSerializer} | problems(404),
    )
    def get(self, request: Request, external_id: str) -> HttpResponse:
        """Consent, favourites, likes and what is hidden."""
        return json_response(_profile(shopper_found(external_id)))

    @extend_schema(
        operation_id="profile_change",
        tags=["shoppers"],
        summary="Change consent or name",
        request=ProfileChangeSerializer,
        responses={200: ProfileSerializer} | problems(400, 404, 413, 415),
        examples=[
            OpenApiExample("Consent", value={"consent": "granted"}, request_only=True),
            OpenApiExample("Withdrawal", value={"consent": "withdrawn"}, request_only=True),
        ],
    )
    def patch(self, request: Request, external_id: str) -> HttpResponse:
        """Record a decision about consent, or a name to be shown.

        A shopper who is named for the first time with a decision about consent comes into being
        by it: so a client that asks its shoppers one by one announces them.
        """
        fields = Fields(request.data)
        consent = fields.choice("consent", [Consent.GRANTED.value, Consent.WITHDRAWN.value])
        name = fields.text("display_name", limit=NAME_LIMIT)
        if fields.given("consent") and not consent and not fields.errors:
            fields.wrong("consent", _("This field is needed."))
        if not any(fields.given(field) for field in CHANGEABLE):
            fields.wrong("", _("Nothing to change; give one of: consent, display_name."))
        fields.check()
        with transaction.atomic():
            shopper = self._shopper(external_id, announces=bool(consent))
            if fields.given("display_name"):
                shopper.display_name = name
                shopper.save(update_fields=["display_name"])
            if consent:
                consent_decide(shopper=shopper, consent=Consent(consent), source=self.token.name)
        return json_response(_profile(shopper))

    def _shopper(self, external_id: str, *, announces: bool) -> Shopper:
        if not announces:
            return shopper_found(external_id)
        if reason := text_problem(external_id, limit=ID_LIMIT):
            raise Invalid(FieldError("external_id", reason, ID_LIMIT))
        return shopper_named(external_id=external_id, token=self.token)


class WishesView(ApiView):
    """What a shopper wants done about their recommendations."""

    required_scopes = {"POST": Scope.PROFILE_WRITE, "DELETE": Scope.PROFILE_WRITE}

    @extend_schema(
        operation_id="wish_make",
        tags=["shoppers"],
        summary="Forget a deed, or show fewer of a kind",
        request=WishSerializer,
        responses={200: ProfileSerializer} | problems(400, 404, 413, 415),
        examples=[
            OpenApiExample(
                "Fewer", value={"kind": "fewer", "product": "1082185"}, request_only=True
            )
        ],
    )
    def post(self, request: Request, external_id: str) -> HttpResponse:
        """Keep a wish; it changes the shopper's next slate. Answers the profile.

        `forget`: what the shopper did with the product counts for nothing any more. `fewer`: the
        product's category steps back. The same wish again changes nothing.
        """
        shopper, kind, product = self._asked(request, external_id)
        try:
            wish_make(shopper=shopper, kind=kind, product=product)
        except WishRefusedError as error:
            raise Invalid(FieldError("product", str(error))) from error
        return json_response(_profile(shopper))

    @extend_schema(
        operation_id="wish_withdraw",
        tags=["shoppers"],
        summary="Take a wish back",
        parameters=[
            OpenApiParameter("kind", required=True, enum=list(Wish.Kind.values)),
            OpenApiParameter("product", required=True, description="External id."),
        ],
        request=None,
        responses={200: ProfileSerializer} | problems(400, 404),
    )
    def delete(self, request: Request, external_id: str) -> HttpResponse:
        """Take a wish back; one that is not there is no error. Answers the profile."""
        shopper, kind, product = self._asked(request, external_id, query=True)
        about = {"category": product.category} if kind == Wish.Kind.FEWER else {"product": product}
        for wish in wishes_of(shopper).filter(kind=kind, **about):
            wish_withdraw(wish=wish)
        return json_response(_profile(shopper))

    def _asked(
        self, request: Request, external_id: str, *, query: bool = False
    ) -> tuple[Shopper, str, Product]:
        fields = Fields(request.query_params if query else request.data)
        kind = fields.choice("kind", list(Wish.Kind.values))
        if not kind and not fields.errors:
            fields.wrong("kind", _("This field is needed."))
        name = fields.identifier("product", required=True)
        fields.check()
        product = Product.objects.select_related("category").filter(external_id=name).first()
        if product is None:
            raise Invalid(FieldError("product", _("This product is not in the catalogue.")))
        return shopper_found(external_id), kind, product


class ExportView(ApiView):
    """A shopper's data."""

    required_scopes = {"GET": Scope.PROFILE_READ}

    @extend_schema(
        operation_id="shopper_export",
        tags=["shoppers"],
        summary="Export",
        responses={200: ExportSerializer} | problems(404),
    )
    def get(self, request: Request, external_id: str) -> HttpResponse:
        """Everything that the shop knows of a shopper."""
        return json_response(shopper_export(shopper_found(external_id)))


class ShopperView(ApiView):
    """A shopper as a whole."""

    required_scopes = {"DELETE": Scope.PROFILE_WRITE}

    @extend_schema(
        operation_id="shopper_erase",
        tags=["shoppers"],
        summary="Erase",
        request=None,
        responses={200: ReceiptSerializer} | problems(404),
    )
    def delete(self, request: Request, external_id: str) -> HttpResponse:
        """Erase a shopper with events, slates, reviews and decisions; answers a receipt.

        The models forget at their next update; ask for the receipt by its number to see it done.
        Orders are the shop's books and stay with the account.
        """
        erasure = shopper_erase(shopper=shopper_found(external_id), route=ErasureReceipt.Route.REST)
        told = receipt_told(erasure.receipt)
        page = reverse("erasure_receipt", args=[erasure.receipt.number])
        return json_response(
            {"shopper": erasure.external_id, **told, "page": request.build_absolute_uri(page)}
        )


class ErasureView(ApiView):
    """What became of an erasure."""

    required_scopes = {"GET": Scope.PROFILE_READ}

    @extend_schema(
        operation_id="erasure_read",
        tags=["shoppers"],
        summary="Receipt of an erasure",
        responses={200: ErasureSerializer} | problems(404),
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """The receipt by its number: what was deleted, and whether the models have forgotten it.

        It does not say whose it is.
        """
        receipt = receipt_get(number)
        if receipt is None:
            raise NotFound(_("There is no receipt of this number."))
        return json_response(receipt_told(receipt))


def _profile(shopper: Shopper) -> dict[str, Any]:
    profile = profile_read(shopper)
    return {
        "shopper": shopper.external_id,
        "display_name": shopper.display_name,
        "consent": shopper.consent,
        "known_since": shopper.created_at.isoformat(),
        "favourite_categories": _favourites(profile.categories),
        "favourite_brands": _favourites(profile.brands),
        "counts": profile.counts,
        "likes": list(profile.likes),
        "hidden": list(profile.hidden),
        "wishes": [wish_told(wish) for wish in wishes_of(shopper)],
    }


def _favourites(favourites: Iterable[Favourite]) -> list[dict[str, Any]]:
    return [{"name": favourite.name, "count": favourite.count} for favourite in favourites]
