"""Learning in the admin: its runs as they go on, “learn now”, and the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import display

from recommender.delivery.pool import order
from recommender.registry.learning_runs import (
    LEARN_TASK,
    PLAN_KEY,
    LearningPlan,
    LearningRun,
    learning_plan,
    learning_run_order,
)
from recommender.registry.learning_view import run_view
from recommender.registry.learning_words import trigger_words
from recsite.admin_marks import link_to
from recsite.admin_pages import LogAdmin, SingleRowAdmin

LEARN_PERMISSION = "recommender.add_learningrun"
#: How often an open run's page looks at it anew.
POLL = "every 1s"


@admin.register(LearningRun)
class LearningRunAdmin(LogAdmin):
    """What was learnt when, from what, and what became of it."""

    list_display = ("number", "status_label", "why", "window", "candidate_link", "asked_at", "took")
    list_filter = (
        ("status", ChoicesRadioFilter),
        ("trigger", ChoicesRadioFilter),
        ("method", ChoicesRadioFilter),
    )
    list_before_template = "recommender/admin/learning_plan_line.html"
    change_form_template = "recommender/admin/learning_run.html"
    fields = ("status",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LearningRun]:
        return (
            super()
            .get_queryset(request)
            .select_related("parent", "candidate", "snapshot", "asked_by")
        )

    @admin.display(description=_("run"), ordering="pk")
    def number(self, run: LearningRun) -> str:
        return f"#{run.pk}"

    @display(
        description=_("status"),
        ordering="status",
        label={
            "waiting": "info",
            "running": "info",
            "promoted": "success",
            "shadow": "info",
            "refused": "danger",
            "overtaken": "warning",
            "nothing": "default",
            "failed": "danger",
        },
    )
    def status_label(self, run: LearningRun) -> tuple[str, str]:
        return run.status, str(run.get_status_display())

    @admin.display(description=_("begun because"))
    def why(self, run: LearningRun) -> str:
        return trigger_words(run)

    @admin.display(description=_("new interactions"))
    def window(self, run: LearningRun) -> str:
        return "–" if run.added is None else f"{run.added:,}"

    @admin.display(description=_("model version"))
    def candidate_link(self, run: LearningRun) -> str:
        return link_to(run.candidate)

    @admin.display(description=_("asked for at"), ordering="made_at")
    def asked_at(self, run: LearningRun) -> Any:
        return run.made_at

    @admin.display(description=_("took"))
    def took(self, run: LearningRun) -> str:
        if not run.seconds:
            return "–"
        return format_html(
            '<span class="rs-figure">{} s</span>', f"{sum(run.seconds.values()):.1f}"
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        told = {
            "plan": learning_plan(),
            "may_plan": request.user.has_perm("recommender.view_learningplan"),
            "may_learn": self.has_learn_permission(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **told})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {})}
        run = self.get_object(request, object_id)
        if run is not None and self.has_view_permission(request, run):
            context |= {**_told(run), "may_learn": self.has_learn_permission(request)}
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[Any]:
        live: Callable[..., HttpResponse] = self.admin_site.admin_view(self.live_view)
        now: Callable[..., HttpResponse] = self.admin_site.admin_view(self.now_view)
        return [
            path("<int:pk>/live/", live, name="recommender_learningrun_live"),
            path("now/", now, name="recommender_learningrun_now"),
            *super().get_urls(),
        ]

    def live_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes while the run goes on."""
        run = self.get_queryset(request).filter(pk=pk).first()
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run is None:
            raise Http404
        return render(request, "recommender/admin/learning_run_live.html", _told(run))

    def has_learn_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may add a run may begin one."""
        return bool(request.user.has_perm(LEARN_PERMISSION))

    def now_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a run and look on; one that goes on already is shown instead."""
        if not self.has_learn_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:recommender_learningrun_changelist"))
        run, is_new = learning_run_order(asked_by=request.user)  # type: ignore[arg-type]
        if not is_new:
            self.message_user(request, _t("One is at it already; this is it."), messages.INFO)
        # A message that is lost does no harm: beat has it looked for every few seconds.
        elif not order(LEARN_TASK):
            self.message_user(
                request,
                _t("The broker does not answer. Learning begins when it does."),
                messages.WARNING,
            )
        return HttpResponseRedirect(reverse("admin:recommender_learningrun_change", args=[run.pk]))


def _told(run: LearningRun) -> dict[str, Any]:
    return {"run": run, "view": run_view(run), "poll": POLL}


@admin.register(LearningPlan)
class LearningPlanAdmin(SingleRowAdmin):
    """When learning begins by itself; there is one plan."""

    fieldsets = (
        (
            None,
            {
                "fields": ("is_on", "method"),
                "description": _("Off: only “Learn now” and the commands."),
            },
        ),
        (
            _("When"),
            {
                "fields": (
                    ("every_minutes", "minimum_events"),
                    "events_at_once",
                    "drift_threshold",
                    "retrain_days",
                    "shadow_hours",
                )
            },
        ),
    )

    key = PLAN_KEY

    def row(self) -> LearningPlan:
        """The plan in force."""
        return learning_plan()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "is_on" and field is not None:
            field.help_text = ""  # beside a switch there is no room; it stands above
        return field
