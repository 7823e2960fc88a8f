"""The three doors: the shop, the admin, the REST API; and the health of the whole."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language
from django.views.static import serve

from recsite.metrics_view import metrics_page
from users.login_throttle import refusal_answered

urlpatterns = [
    # Before the admin's own address of the same name: a refused try is answered with 429.
    path("admin/login/", refusal_answered(admin.site.login)),
    path("admin/", admin.site.urls),
    path("api/", include("recsite.api_urls")),
    path("metrics", metrics_page, name="metrics"),
    path("health/", include("recsite.health_urls")),
    path("language/", set_language, name="set_language"),
    path("", include("users.urls")),
    path("", include("orders.urls")),
    path("", include("catalog.urls")),
    path("", include("recommender.delivery.urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    )

# Below /api/ these answer problem documents, elsewhere pages.
handler400 = "recsite.problems.bad_request"
handler403 = "recsite.problems.permission_denied"
handler404 = "recsite.problems.page_not_found"
handler500 = "recsite.problems.server_error"
