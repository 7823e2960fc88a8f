"""Cart, checkout and orders."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Product
from catalog.selectors import product_get
from orders.forms import CartForm, CheckoutForm
from orders.models import Order
from orders.selectors import cart_get, line_shortage, order_for_visitor
from orders.services import QUANTITY_LIMIT, OrderError, cart_add, cart_set, order_place
from recommender.contracts import EventType
from recommender.delivery.shelves import cart_shelf
from recommender.delivery.views import place_of
from recommender.events.record import EventInput, events_record, visitor_event
from recsite.notices import answer


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What lies in the cart, and what would go well with it."""
    context = _cart_context(request)
    products = [line.product for line in context["cart"].lines]  # type: ignore[attr-defined]
    context["shelf"] = cart_shelf(request.visitor, products)  # type: ignore[attr-defined]
    return render(request, "orders/cart.html", context)


def _cart_context(request: HttpRequest) -> dict[str, object]:
    held = cart_get(request.visitor.cart_key)  # type: ignore[attr-defined]
    return {
        "cart": held,
        "shortages": {line.pk: line_shortage(line) for line in held.lines},
        "quantity_limit": QUANTITY_LIMIT,
    }


def _cart_input(request: HttpRequest) -> tuple[Product, int | None]:
    """Product and quantity of a form; no quantity where it is not a whole number."""
    form = CartForm(request.POST)
    form.is_valid()
    product = product_get(form.cleaned_data.get("product", ""))
    if product is None:
        raise Http404(_("This product is not in the shop."))
    return product, form.cleaned_data.get("quantity")


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a product into the cart."""
    product, quantity = _cart_input(request)
    visitor = request.visitor  # type: ignore[attr-defined]
    try:
        if quantity is None:
            raise OrderError(_("A quantity is a whole number."))
        cart_add(cart_key=visitor.cart_key_made(), product=product, quantity=quantity)
    except OrderError as refused:
        return answer(request, text=str(refused), error=True, default="cart")
    visitor_event(
        request,
        EventType.CART,
        product=product,
        value=quantity,
        trace=request.POST.get("trace", ""),
        rank=place_of(request.POST.get("place", "")),
    )
    return answer(
        request,
        text=_("“%(product)s” is in your cart.") % {"product": product.title},
        fragments=["parts/cart_badge.html"],
        context={"toast_cart": True, "oob": True},
        default="cart",
    )


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Have another quantity of a product in the cart."""
    product, quantity = _cart_input(request)
    text, error = "", False
    try:
        if quantity is None:
            raise OrderError(_("A quantity is a whole number."))
        cart_set(
            cart_key=request.visitor.cart_key,  # type: ignore[attr-defined]
            product=product,
            quantity=quantity,
        )
        if quantity == 0:
            text = _("“%(product)s” was taken out of your cart.") % {"product": product.title}
    except OrderError as refused:
        text, error = str(refused), True
    context = _cart_context(request) | {"oob": True}
    return answer(
        request,
        text=text,
        error=error,
        fragments=["orders/cart_lines.html", "parts/cart_badge.html"],
        context=context,
        default="cart",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Name, e-mail and address; then the order stands. Nothing is paid here."""
    visitor = request.visitor  # type: ignore[attr-defined]
    held = cart_get(visitor.cart_key)
    if not held.lines:
        text = _("Your cart is empty. If you were away for long, it may have expired.")
        return answer(request, text=text, error=True, default="cart")
    user = request.user if request.user.is_authenticated else None
    status = 200
    if request.method == "POST":
        form = CheckoutForm(request.POST)
        if form.is_valid():
            values = form.cleaned_data
            try:
                order = order_place(
                    cart_key=visitor.cart_key,
                    user=user,
                    name=values["name"],
                    email=values["email"],
                    address=values["address"],
                    expected_total=values["seen_total"],
                )
            except OrderError as refused:
                form.add_error(None, str(refused))
                held = cart_get(visitor.cart_key)
            else:
                _purchase_events(request, order)
                return redirect("order", number=order.number)
        status = 422
    else:
        initial = {"name": user.get_full_name(), "email": user.email} if user else {}
        form = CheckoutForm(initial=initial)
    context = {"cart": held, "form": form}
    return render(request, "orders/checkout.html", context, status=status)


def _purchase_events(request: HttpRequest, order: Order) -> None:
    """One purchase per line; its id follows the line, so that it is never counted twice."""
    visitor = request.visitor  # type: ignore[attr-defined]
    if not visitor.may_be_recorded:
        return
    lines = [line for line in order.lines.select_related("product") if line.product]
    events_record(
        origin="web",
        events=[
            EventInput(
                id=f"order-line-{line.pk}",
                type=EventType.PURCHASE,
                shopper=visitor.shopper_id,
                product=line.product.external_id,
                value=line.quantity,
            )
            for line in lines
            if line.product
        ],
    )


@never_cache
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """An order of this visitor. Somebody else's does not exist for them."""
    found = order_for_visitor(number=number, visitor=request.visitor)  # type: ignore[attr-defined]
    if found is None:
        raise Http404(_("There is no such order of yours."))
    things = sum(line.quantity for line in found.lines.all())
    context = {
        "order": found,
        "things": ngettext("%(count)d item", "%(count)d items", things) % {"count": things},
    }
    return render(request, "orders/order.html", context)
