"""How the admin looks and what its navigation holds."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _admin_link(title: Any, icon: str, name: str, permission: str) -> dict[str, Any]:
    """One line of the admin's navigation, for those who may follow it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": lambda request: request.user.has_perm(permission),
    }


#: Settings of django-unfold; the name of the shop comes on top.
ADMIN_LOOK: dict[str, Any] = {
    "SITE_SUBHEADER": _("Merchandising"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("img/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "recsite.dashboard.environment_label",
    "DASHBOARD_CALLBACK": "recsite.dashboard.dashboard",
    "LOGIN": {"form": "users.admin_login.AdminLoginForm"},
    "STYLES": [lambda request: static("admin_site/admin.css")],
    "SCRIPTS": [lambda request: static("admin_site/admin.js")],
    "COMMAND": {"search_models": ["catalog.product", "catalog.brand", "users.shopper"]},
    # The green of the shop, from the lightest to the darkest.
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .018 168)",
            "100": "oklch(94.5% .037 168)",
            "200": "oklch(89% .067 168)",
            "300": "oklch(81% .099 168)",
            "400": "oklch(70% .115 168)",
            "500": "oklch(58% .112 168)",
            "600": "oklch(45.5% .091 168)",
            "700": "oklch(39.5% .079 168)",
            "800": "oklch(34% .067 168)",
            "900": "oklch(29% .055 168)",
            "950": "oklch(21% .039 168)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": _("Overview"),
                        "icon": "monitoring",
                        "link": reverse_lazy("admin:index"),
                    },
                    {
                        **_admin_link(
                            _("Alerts"),
                            "notifications",
                            "recommender_alert",
                            "recommender.view_alert",
                        ),
                        "badge": "recommender.registry.alerts_admin.alerts_waiting",
                        "badge_variant": "danger",
                    },
                ],
            },
            {
                "title": _("Catalogue"),
                "separator": True,
                "items": [
                    _admin_link(
                        _("Products"), "inventory_2", "catalog_product", "catalog.view_product"
                    ),
                    _admin_link(
                        _("Categories"), "account_tree", "catalog_category", "catalog.view_category"
                    ),
                    _admin_link(_("Brands"), "sell", "catalog_brand", "catalog.view_brand"),
                    _admin_link(
                        _("Attributes"),
                        "tune",
                        "catalog_attributetype",
                        "catalog.view_attributetype",
                    ),
                    _admin_link(_("Reviews"), "reviews", "catalog_review", "catalog.view_review"),
                ],
            },
            {
                "title": _("Knowledge"),
                "separator": True,
                "items": [
                    _admin_link(_("Entities"), "hub", "kg_entity", "kg.view_entity"),
                    {
                        **_admin_link(_("Facts"), "share", "kg_fact", "kg.view_fact"),
                        # The review page lies below, and has its own line.
                        "active": lambda request: (
                            request.path.startswith("/admin/kg/fact/")
                            and not request.path.startswith("/admin/kg/fact/review/")
                        ),
                    },
                    {
                        "title": _("Review proposals"),
                        "icon": "fact_check",
                        "link": reverse_lazy("admin:kg_review"),
                        "badge": "kg.admin.badges.proposals_waiting",
                        "badge_variant": "primary",
                        "permission": lambda request: request.user.has_perm("kg.review_fact"),
                    },
                    _admin_link(
                        _("Changes"), "history", "kg_historicalfact", "kg.view_historicalfact"
                    ),
                    _admin_link(_("Vocabulary"), "dictionary", "kg_predicate", "kg.view_predicate"),
                    _admin_link(
                        _("Graph database"), "sync", "kg_outboxentry", "kg.view_outboxentry"
                    ),
                ],
            },
            {
                "title": _("Sales"),
                "separator": True,
                "items": [
                    _admin_link(_("Orders"), "receipt_long", "orders_order", "orders.view_order"),
                    _admin_link(_("Shoppers"), "groups", "users_shopper", "users.view_shopper"),
                    _admin_link(
                        _("Erasures"),
                        "person_off",
                        "users_erasurereceipt",
                        "users.view_erasurereceipt",
                    ),
                ],
            },
            {
                "title": _("Recommendations"),
                "separator": True,
                "items": [
                    _admin_link(
                        _("Slates"),
                        "view_carousel",
                        "recommender_slatetrace",
                        "recommender.view_slatetrace",
                    ),
                    _admin_link(
                        _("Sentences"),
                        "format_quote",
                        "recommender_explanationsentence",
                        "recommender.view_explanationsentence",
                    ),
                    _admin_link(
                        _("Prompts"),
                        "edit_note",
                        "recommender_prompttemplateversion",
                        "recommender.view_prompttemplateversion",
                    ),
                    _admin_link(_("Events"), "bolt", "recommender_event", "recommender.view_event"),
                    _admin_link(
                        _("Learning"),
                        "model_training",
                        "recommender_learningrun",
                        "recommender.view_learningrun",
                    ),
                    {
                        "title": _("Model history"),
                        "icon": "timeline",
                        "link": reverse_lazy("admin:recommender_model_history"),
                        "permission": lambda request: request.user.has_perm(
                            "recommender.view_modelversion"
                        ),
                    },
                    {
                        **_admin_link(
                            _("Model versions"),
                            "deployed_code",
                            "recommender_modelversion",
                            "recommender.view_modelversion",
                        ),
                        # The history lies below, and has its own line.
                        "active": lambda request: (
                            request.path.startswith("/admin/recommender/modelversion/")
                            and not request.path.startswith(
                                "/admin/recommender/modelversion/history/"
                            )
                        ),
                    },
                    _admin_link(
                        _("Bounds of the gate"),
                        "rule",
                        "recommender_gatebounds",
                        "recommender.view_gatebounds",
                    ),
                    _admin_link(
                        _("Opinion classifiers"),
                        "psychology_alt",
                        "recommender_opinionclassifierversion",
                        "recommender.view_opinionclassifierversion",
                    ),
                    _admin_link(
                        _("Training snapshots"),
                        "database",
                        "recommender_snapshot",
                        "recommender.view_snapshot",
                    ),
                ],
            },
            {
                "title": _("Access"),
                "separator": True,
                "items": [
                    _admin_link(_("Accounts"), "person", "users_user", "users.view_user"),
                    _admin_link(_("Groups"), "badge", "auth_group", "auth.view_group"),
                    _admin_link(_("REST tokens"), "key", "users_apitoken", "users.view_apitoken"),
                ],
            },
        ],
    },
}
