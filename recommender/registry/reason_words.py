"""The gate's reasons in words, made where the reader's language is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommender.learning.lifelong.probe_names import GROUP_SEGMENT

Told = Mapping[str, Any]

#: What a probe asks, by its name.
PROBES: Mapping[str, str | Promise] = {
    "newest": gettext_lazy("the newest interactions"),
    "old_windows": gettext_lazy("earlier windows"),
    "inactive": gettext_lazy("shoppers who stayed away"),
    "new_items": gettext_lazy("new products"),
    "old_items": gettext_lazy("known products"),
    "segment-few": gettext_lazy("shoppers who had done little"),
    "segment-some": gettext_lazy("shoppers who had done some things"),
    "segment-many": gettext_lazy("shoppers who had done much"),
}
#: What a drift was measured on.
MEASURES: Mapping[str, str | Promise] = {
    "types": gettext_lazy("types of events"),
    "strength": gettext_lazy("strength of interactions"),
    "products": gettext_lazy("products"),
    "groups": gettext_lazy("product groups"),
    "lengths": gettext_lazy("lengths of histories"),
    "popularity": gettext_lazy("popularity of products"),
    "new_items": gettext_lazy("share of new products"),
    "text": gettext_lazy("texts of products"),
}


def probe_words(name: str) -> str:
    """What the probe of that name asks about."""
    if name.startswith("window-"):
        return _("window %(number)s back") % {"number": name.removeprefix("window-")}
    if name.startswith(GROUP_SEGMENT):
        return _("products of “%(group)s”") % {"group": name.removeprefix(GROUP_SEGMENT)}
    return str(PROBES.get(name, name))


def percent(share: float) -> str:
    """A share of one in per cent, with its sign where it is negative."""
    return f"{number_format(round(100 * share, 1), 1)} %"


def _fell(told: Told) -> str:
    return _("NDCG@10 on %(probe)s fell by %(figure)s, allowed are %(bound)s") % {
        "probe": probe_words(told["probe"]),
        "figure": percent(-told["figure"]),
        "bound": percent(-told["bound"]),
    }


def _perhaps_fell(told: Told) -> str:
    return _("NDCG@10 on %(probe)s may have fallen by %(figure)s, allowed are %(bound)s") % {
        "probe": probe_words(told["probe"]),
        "figure": percent(-told["figure"]),
        "bound": percent(-told["bound"]),
    }


def _concentrated(told: Told) -> str:
    return _("“%(product)s” would be on %(figure)s of all lists, allowed are %(bound)s") % {
        "product": told["subject"],
        "figure": percent(told["figure"]),
        "bound": percent(told["bound"]),
    }


def _fewer_products(told: Told) -> str:
    return _("%(figure)s fewer products would be shown, allowed are %(bound)s") % {
        "figure": percent(-told["figure"]),
        "bound": percent(-told["bound"]),
    }


def _product_surge(told: Told) -> str:
    return _(
        "“%(product)s” makes up %(figure)s of the window, far more than any product before "
        "(bound %(bound)s)"
    ) % {
        "product": told["subject"],
        "figure": percent(told["figure"]),
        "bound": percent(told["bound"]),
    }


def _shopper_surge(told: Told) -> str:
    return _(
        "one shopper makes up %(figure)s of the window, far more than anybody before "
        "(bound %(bound)s)"
    ) % {"figure": percent(told["figure"]), "bound": percent(told["bound"])}


def _labels_by_chance(told: Told) -> str:
    return _(
        "what shoppers took together in the window looks like chance: coherence %(figure)s, "
        "at least %(bound)s"
    ) % {
        "figure": number_format(round(told["figure"], 2), 2),
        "bound": number_format(round(told["bound"], 2), 2),
    }


def _too_few_cases(told: Told) -> str:
    return _("only %(figure)s questions about %(probe)s, %(bound)s are needed to judge") % {
        "figure": number_format(told["figure"], 0, force_grouping=True),
        "probe": probe_words(told["probe"]),
        "bound": number_format(told["bound"], 0),
    }


def _drifted(told: Told) -> str:
    return _("%(measure)s drifted by %(figure)s, allowed are %(bound)s") % {
        "measure": str(MEASURES.get(told["probe"], told["probe"])),
        "figure": number_format(round(told["figure"], 2), 2),
        "bound": number_format(round(told["bound"], 2), 2),
    }


def _held(told: Told) -> str:
    if told["figure"] is None:
        return _("every bound held")
    words = _("every bound held; NDCG@10 on %(probe)s changed by %(figure)s")
    if told["figure"] < told["bound"]:
        words = _("no fall is beyond chance; NDCG@10 on %(probe)s changed by %(figure)s")
    return words % {"probe": probe_words(told["probe"]), "figure": percent(told["figure"])}


WORDS: Mapping[str, Callable[[Told], str]] = {
    "fell": _fell,
    "perhaps_fell": _perhaps_fell,
    "concentrated": _concentrated,
    "fewer_products": _fewer_products,
    "product_surge": _product_surge,
    "shopper_surge": _shopper_surge,
    "labels_by_chance": _labels_by_chance,
    "too_few_cases": _too_few_cases,
    "drifted": _drifted,
    "held": _held,
    "first": lambda _told: _("there was no model to hold it against"),
    "only_forgets": lambda _told: _("it has only forgotten, and learnt nothing new"),
}


def told_or_none(words: Callable[[Told], str] | None, told: Told) -> str | None:
    """What the words make of the figures; None without words, or for figures of another time."""
    if words is None:
        return None
    try:
        return words(told)
    except (KeyError, TypeError, ValueError):
        return None


def figures_plain(told: Told) -> str:
    """Figures by their names, where nobody knows the words for them."""
    return ", ".join(f"{name}: {value}" for name, value in told.items())


def reason_words(told: Told) -> str:
    """One reason as a sentence; one from another time is told by its code and its figures."""
    if (words := told_or_none(WORDS.get(str(told["code"])), told)) is not None:
        return words
    plain = str(told["code"]).replace("_", " ")
    if probe := told.get("probe"):
        plain += f" ({probe})"
    if (figure := told.get("figure")) is None:
        return plain
    if (bound := told.get("bound")) is None:
        return f"{plain}: {figure:.4g}"
    return _("%(what)s: %(figure)s, bound %(bound)s") % {
        "what": plain,
        "figure": f"{figure:.4g}",
        "bound": f"{bound:.4g}",
    }
