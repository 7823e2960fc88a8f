"""The gate's bounds as people have set them: one row, in per cent where a person thinks so."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from recommender.learning.lifelong.bounds import Bounds
from recommender.registry.bound_fields import count_field, percent_field
from recommender.registry.online_bounds import LiveTrafficBounds, OnlineBounds

#: The key of the only row.
KEY = 1
#: What holds until somebody has saved the row.
DEFAULTS = Bounds()


class GateBounds(LiveTrafficBounds):
    """What a new model may cost at most. There is one row at most."""

    newest = percent_field(
        _("newest interactions (%)"),
        DEFAULTS.newest,
        _(
            "How much worse than the live model a new one may predict what shoppers did last. "
            "Quality is NDCG@10: how high the product that was taken stands in the list."
        ),
    )
    old_windows = percent_field(
        _("earlier windows (%)"),
        DEFAULTS.old_windows,
        _(
            "How much of what it knew of earlier weeks it may forget. A small bound: what is "
            "forgotten a little each week is gone after a year."
        ),
    )
    inactive = percent_field(
        _("shoppers who stayed away (%)"),
        DEFAULTS.inactive,
        _("How much worse it may serve shoppers who did nothing lately, and may come back."),
    )
    new_items = percent_field(
        _("new products (%)"),
        DEFAULTS.new_items,
        _("The same for products that hardly anybody had taken before."),
    )
    old_items = percent_field(
        _("known products (%)"),
        DEFAULTS.old_items,
        _("The same for products that were well known before."),
    )
    segment = percent_field(
        _("each segment (%)"),
        DEFAULTS.segment,
        _("The same for each part of the shoppers or products that is looked at by itself."),
    )
    least_cases = count_field(
        _("least number of questions"),
        DEFAULTS.least_cases,
        _(
            "With fewer, a part is not judged. Without enough of the newest, a new model is tried "
            "in shadow first."
        ),
        least=2,
        most=1_000_000,
    )
    confidence = percent_field(
        _("certainty (%)"),
        DEFAULTS.confidence,
        _("How sure one must be that a fall is not chance before a model is refused for it."),
        least=50.0,
        most=99.99,
    )
    concentration = percent_field(
        _("concentration (points)"),
        DEFAULTS.concentration,
        _(
            "In how many more of a hundred lists the product that is shown most may stand than "
            "with the live model."
        ),
    )
    products = percent_field(
        _("fewer products (%)"),
        DEFAULTS.products,
        _("How many fewer different products may be shown than with the live model."),
    )
    window_share = percent_field(
        _("share of one product or shopper (%)"),
        DEFAULTS.window_share,
        _(
            "One product or one shopper may always make up this much of what is learnt. Raise it "
            "before a campaign for a single product."
        ),
    )
    window_surge = models.FloatField(
        _("surge (times)"),
        default=DEFAULTS.window_surge,
        validators=[MinValueValidator(1.0), MaxValueValidator(1000.0)],
        help_text=_(
            "Beyond that share, at most so many times the largest that any had before. More looks "
            "like robots, and is not learnt."
        ),
    )
    coherence = percent_field(
        _("loss of order (%)"),
        DEFAULTS.coherence,
        _(
            "Products that shoppers take one after the other mostly belong together. When this "
            "order falls by more, the record is taken to be damaged."
        ),
    )
    drift = models.FloatField(
        _("drift (0 to 1)"),
        default=DEFAULTS.drift,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_(
            "How much shoppers may have changed what they do before a new model is tried in "
            "shadow first: 0 not at all, 1 entirely."
        ),
    )

    class Meta:
        verbose_name = _("bounds of the gate")
        verbose_name_plural = _("bounds of the gate")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=KEY), name="recommender_one_row_of_gate_bounds"
            )
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def as_bounds(self) -> Bounds:
        """The same in the gate's own units."""
        values = {name: getattr(self, name) for name in Bounds.__slots__}
        shares = {name: values[name] / 100 for name in PERCENT}
        return Bounds(**{**values, **shares})


#: Fields that are edited in per cent.
PERCENT = tuple(
    name for name in Bounds.__slots__ if name not in {"least_cases", "window_surge", "drift"}
)


def gate_bounds_row() -> GateBounds:
    """The row as people have saved it, or the defaults; nothing is written."""
    return GateBounds.objects.filter(pk=KEY).first() or GateBounds(pk=KEY)


def gate_bounds() -> Bounds:
    """The bounds that hold now."""
    return gate_bounds_row().as_bounds()


def online_bounds() -> OnlineBounds:
    """The bounds by which live traffic decides about models now."""
    return gate_bounds_row().as_online_bounds()
