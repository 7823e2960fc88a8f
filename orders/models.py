"""What is in the basket, and what has been ordered. Nothing is paid here."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CartLine(models.Model):
    """One product in a shopper's or visitor's cart.

    A visitor who has not agreed to be recorded has no shopper; the cart then hangs on the
    session alone, since the shop could not sell otherwise.
    """

    cart_key = models.CharField(max_length=64, db_index=True)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart_key", "product"], name="orders_cart_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"

    @property
    def total(self) -> Decimal:
        """Price of the line."""
        return (self.product.price or Decimal(0)) * self.quantity


class Order(models.Model):
    """A confirmed order."""

    class Status(models.TextChoices):
        PLACED = "placed", _("placed")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(_("number"), max_length=20, unique=True)
    user = models.ForeignKey(
        "users.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("account"),
    )
    cart_key = models.CharField(max_length=64, db_index=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail address"))
    address = models.TextField(_("address"), max_length=500)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLACED)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)

    class Meta:
        ordering = ["-placed_at"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One product of an order, at the price and under the title it had then."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    title = models.CharField(_("title"), max_length=300)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"
