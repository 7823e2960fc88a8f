"""Prompt templates in the admin: each saving a version, a preview, and which one writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import action, display

from recommender.explanation.prompt_preview import case_written, cases
from recommender.explanation.prompt_table import PromptTemplateVersion
from recommender.explanation.prompt_versions import prompt_check, prompt_make_live, prompt_save
from recsite.admin_pages import confirmation_page


class PromptForm(forms.ModelForm):  # type: ignore[type-arg]
    """The texts, with their places checked."""

    def clean(self) -> dict[str, Any]:
        """Name the places that are unknown or missing, at their field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "system" in cleaned and "user" in cleaned:
            prompt_check(system=cleaned["system"], user=cleaned["user"])
        return cleaned


@admin.register(PromptTemplateVersion)
class PromptTemplateAdmin(ModelAdmin):
    """What is saved is a new version and a draft; texts that wrote something stay as they were."""

    form = PromptForm
    list_display = ("__str__", "status_label", "made_at", "author")
    list_filter = (("language", ChoicesRadioFilter), ("status", ChoicesRadioFilter))
    list_filter_submit = True
    list_select_related = ("author",)
    actions_detail = ["preview", "make_live"]
    fields = (("name", "language"), "system", "user")

    @display(description=_("status"), ordering="status", label={"live": "success", "draft": "info"})
    def status_label(self, version: PromptTemplateVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A version belongs to its prompt and its language."""
        return ("name", "language") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Sentences name the version that they came of."""
        return False

    def save_model(
        self, request: HttpRequest, obj: PromptTemplateVersion, form: Any, change: bool
    ) -> None:
        saved = prompt_save(
            name=obj.name,
            language=obj.language,
            system=obj.system,
            user=obj.user,
            by=request.user,  # type: ignore[arg-type]
        )
        # What the admin says and where it leads to is about the new version.
        obj.pk, obj.version, obj.status = saved.pk, saved.version, saved.status

    def response_change(self, request: HttpRequest, obj: PromptTemplateVersion) -> HttpResponse:
        return self.response_add(request, obj)

    def response_add(
        self, request: HttpRequest, obj: PromptTemplateVersion, post_url_continue: Any = None
    ) -> HttpResponse:
        """Lead to the new version, where it can be tried out and made live."""
        text = _t("Saved as the draft %(version)s. Try it out, then make it live.")
        self.message_user(request, text % {"version": obj.code}, messages.SUCCESS)
        address = reverse("admin:recommender_prompttemplateversion_change", args=[obj.pk])
        return HttpResponseRedirect(address)

    @action(description=_("Preview"), icon="visibility", permissions=["view"], url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What would be asked about places of recent slates, and one answer where it is wanted."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        shown = cases(version)
        wanted = request.POST.get("product", "") if request.method == "POST" else ""
        case = next((one for one in shown if one.product == wanted), None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(version),
            "version": version,
            "cases": shown,
            "asked": case,
            "written": None if case is None else case_written(case, version.language),
            "is_gone": bool(wanted) and case is None,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/prompt_preview.html", context)

    @action(
        description=_("Make live…"), icon="publish", permissions=["change"], url_path="make-live"
    )
    def make_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have this version write, after asking."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return confirmation_page(
                request,
                self,
                action="make_live",
                title=str(version),
                question=_t("New explanations are written with it from now on."),
                button=_t("Make live"),
            )
        prompt_make_live(version=version)
        text = _t("%(prompt)s writes from now on.")
        self.message_user(request, text % {"prompt": version}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:recommender_prompttemplateversion_changelist"))
