"""The event log: the record from which everything else is learnt."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recommender.contracts import EventType


class Event(models.Model):
    """Something a shopper did or was shown. Never changed after it is written, with one exception:
    how long a page was looked at is known, and told, when it is left.

    The primary key grows with arrival, so it is also the log's watermark. ``origin`` says who
    reported the event; a client's own id is unique within its origin, which makes sending an
    event twice harmless.
    """

    TYPES = [(kind.value, kind.value) for kind in EventType]

    origin = models.CharField(_("origin"), max_length=60)
    client_id = models.CharField(_("client's id"), max_length=100)
    shopper = models.ForeignKey(
        "users.Shopper",
        on_delete=models.CASCADE,
        related_name="events",
        verbose_name=_("shopper"),
    )
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("product"),
    )
    type = models.CharField(_("type"), max_length=10, choices=TYPES)
    #: Quantity of a purchase or cart, stars of a rating, seconds of a view.
    value = models.FloatField(_("value"), null=True, blank=True)
    query = models.CharField(_("search words"), max_length=200, blank=True)
    #: The slate in which the product was shown, and at which place.
    trace = models.UUIDField(_("slate"), null=True, blank=True)
    rank = models.PositiveSmallIntegerField(_("place"), null=True, blank=True)
    time = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "client_id"], name="recommender_event_once_per_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["shopper", "-time"]),
            models.Index(fields=["product", "type"]),
            models.Index(fields=["-received_at"]),
            models.Index(
                fields=["trace"],
                condition=models.Q(trace__isnull=False),
                name="recommender_event_trace",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.client_id}"


class Snapshot(models.Model):
    """An immutable file of interactions up to a watermark, from which a model was trained."""

    #: Primary keys of events in it are above ``after`` and at most ``watermark``.
    after = models.BigIntegerField(_("after event"), default=0)
    watermark = models.BigIntegerField(_("up to event"))
    path = models.CharField(_("file"), max_length=300)
    rows = models.PositiveIntegerField(_("interactions"))
    checksum = models.CharField(_("SHA-256"), max_length=64)
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        ordering = ["-watermark", "-pk"]
        verbose_name = _("training snapshot")
        verbose_name_plural = _("training snapshots")

    def __str__(self) -> str:
        return f"{self.after}–{self.watermark}"
