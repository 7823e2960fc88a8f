"""How sure one has to be before live traffic decides about a model."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from recommender.registry.bound_fields import count_field, percent_field


@dataclass(frozen=True, slots=True)
class OnlineBounds:
    """Bounds of the comparison in shadow and of going back."""

    #: Cases (a shopper and a day on which something was taken) before the comparison counts.
    shadow_cases: int = 200
    #: How much lower the hit rate may be, as a share of the live model's.
    shadow_worse: float = 0.05
    #: After so many days without an answer the version in shadow is refused.
    shadow_days: int = 7
    #: Products shown by each version before click-through counts.
    rollback_shown: int = 2_000
    #: How much lower click-through may be, as a share of the version's before.
    rollback_worse: float = 0.10
    #: How many standard errors the fall has to measure. The check runs every few minutes, and by
    #: mere chance a single one passes three of them once in 740 times.
    rollback_errors: float = 3.0


DEFAULTS = OnlineBounds()


class LiveTrafficBounds(models.Model):
    """The part of the bounds that live traffic is held to."""

    shadow_cases = count_field(
        _("cases in shadow"),
        DEFAULTS.shadow_cases,
        _(
            "A case is a shopper and a day on which they took something. With fewer, a model in "
            "shadow is neither taken nor refused."
        ),
        least=1,
        most=1_000_000,
    )
    shadow_worse = percent_field(
        _("fewer hits in shadow (%)"),
        DEFAULTS.shadow_worse,
        _(
            "How much less often than the live model a new one may name what shoppers then took. "
            "It goes live when it is surely not worse than that."
        ),
    )
    shadow_days = count_field(
        _("days in shadow"),
        DEFAULTS.shadow_days,
        _("A model that could not show by then that it is as good is refused."),
        least=1,
        most=365,
    )
    rollback_shown = count_field(
        _("shown products"),
        DEFAULTS.rollback_shown,
        _("So many have to be shown by each of two models before their clicks are compared."),
        least=100,
        most=1_000_000_000,
    )
    rollback_worse = percent_field(
        _("fewer clicks (%)"),
        DEFAULTS.rollback_worse,
        _(
            "How much lower the click-through may be than that of the model before. Beyond it, and "
            "surely not by chance, the model before serves again by itself."
        ),
    )
    rollback_errors = models.FloatField(
        _("certainty of fewer clicks (standard errors)"),
        default=DEFAULTS.rollback_errors,
        validators=[MinValueValidator(1.0), MaxValueValidator(10.0)],
        help_text=_("How far from chance the fall has to be: 2 is likely, 3 is almost sure."),
    )

    class Meta:
        abstract = True

    def as_online_bounds(self) -> OnlineBounds:
        """The same in shares of one."""
        values = {name: getattr(self, name) for name in OnlineBounds.__slots__}
        shares = {name: values[name] / 100 for name in ("shadow_worse", "rollback_worse")}
        return OnlineBounds(**{**values, **shares})
