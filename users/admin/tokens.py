"""REST tokens: made here, their key shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from recsite.admin_pages import confirmation_page
from users.models import ApiToken, Scope
from users.token_keys import token_key_renew


class ApiTokenForm(forms.ModelForm[ApiToken]):
    """Scopes as boxes to tick."""

    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        error_messages={"required": _("Choose at least one thing that the client may do.")},
    )

    class Meta:
        model = ApiToken
        fields = ("name", "is_active", "scopes", "requests_per_minute", "attests_consent")

    def clean_requests_per_minute(self) -> int:
        number = int(self.cleaned_data["requests_per_minute"])
        if number == 0:
            raise forms.ValidationError(
                _("At least one request a minute; to shut a client out, make it inactive.")
            )
        return number


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """One token per REST client."""

    form = ApiTokenForm
    list_display = ("name", "begins_with", "scopes_shown", "requests_per_minute", "is_active")
    list_filter = (("is_active", BooleanRadioFilter),)
    search_fields = ("name", "prefix")
    actions_detail = ["renew"]
    fields = (
        ("name", "begins_with"),
        ("is_active", "attests_consent"),
        "scopes",
        ("requests_per_minute", "created_at"),
    )
    readonly_fields = ("begins_with", "created_at")

    @admin.display(description=_("begins with"), ordering="prefix")
    def begins_with(self, token: ApiToken) -> str:
        return format_html("<code>{}…</code>", token.prefix) if token.prefix else "–"

    @admin.display(description=_("may"))
    def scopes_shown(self, token: ApiToken) -> str:
        return format_html_join(
            " ", '<code class="rs-code">{}</code>', ((scope,) for scope in token.scopes)
        )

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            # Kept on the request alone: a message would travel in a cookie.
            request.new_key = token_key_renew(token=obj)  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._key_page(request, obj, request.new_key)  # type: ignore[attr-defined]

    @action(description=_("New key…"), icon="key", permissions=["change"], url_path="new-key")
    def renew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, then replaces the key and shows the new one."""
        token = self.get_object(request, object_id)
        if token is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            key = token_key_renew(token=token)
            self.log_change(request, token, _t("New key."))
            return self._key_page(request, token, key)
        return confirmation_page(
            request,
            self,
            action="renew",
            title=_t("New key for “%s”") % token.name,
            question=_t("The client's present key stops working at once."),
            button=_t("Make a new key"),
            is_danger=True,
        )

    def _key_page(self, request: HttpRequest, token: ApiToken, key: str) -> HttpResponse:
        response = TemplateResponse(
            request,
            "admin/token_key.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _t("The key of “%s”") % token.name,
                "token": token,
                "key": key,
                "back": reverse("admin:users_apitoken_changelist"),
            },
        )
        response["Cache-Control"] = "no-store"
        return response
