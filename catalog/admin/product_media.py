"""Pictures and sounds on the page of a product: many at once, and whether each can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from catalog.media import media_add, media_delete, media_save
from catalog.media_files import media_file_check, media_kind_check
from catalog.models import Media, Product

ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,audio/*"
#: More at once would keep the page waiting.
MOST_FILES = 20


class FilesInput(forms.FileInput):
    """A button that lets several files be chosen."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"class": "rs-files", "accept": ACCEPTED})


class FilesField(forms.FileField):
    """Several pictures and sounds: each is judged, and each that cannot be taken is named."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[tuple[File[bytes], str]]:
        """The files, each with what it is: "image" or "audio"."""
        files = data if isinstance(data, list | tuple) else [data]
        taken: list[tuple[File[bytes], str]] = []
        errors: list[str] = []
        given = [file for file in files if file]
        if len(given) > MOST_FILES:
            raise ValidationError(_("At most %(limit)d files at once.") % {"limit": MOST_FILES})
        for file in given:
            called = str(file.name)
            try:
                kind, file.name = media_kind_check(file=file)
            except ValidationError as error:
                errors += [f"{called}: {text}" for text in error.messages]
            else:
                taken.append((file, kind))
        if errors:
            raise ValidationError(errors)
        return taken


def files_field() -> FilesField:
    """The field by which a product gets several files at once."""
    return FilesField(
        required=False,
        label=gettext_lazy("files"),
        help_text=gettext_lazy(
            "Several at once if you like. JPEG, PNG, WebP or GIF; MP3, Ogg, WAV, FLAC or M4A."
        ),
    )


def files_add(product: Product, files: Sequence[tuple[File[bytes], str]]) -> None:
    """Add what ``FilesField`` took, behind what the product has."""
    for file, kind in files:
        media_add(product=product, file=file, kind=kind)


class MediaForm(forms.ModelForm[Media]):
    """One picture or sound; the file must be what it says it is."""

    class Meta:
        model = Media
        fields = ("kind", "file", "description", "position")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        file, kind = cleaned.get("file"), cleaned.get("kind")
        if not file or not kind:
            return cleaned
        if "file" in self.changed_data:
            try:
                file.name = media_file_check(file=file, kind=kind)
            except ValidationError as error:
                self.add_error("file", error)
        elif "kind" in self.changed_data:
            self.add_error("kind", _("To change what it is, upload another file."))
        return cleaned


class MediaInline(TabularInline):
    """Pictures and sounds, with what each looks or sounds like, and the state of its vector."""

    model = Media
    form = MediaForm
    extra = 0
    fields = ("preview", "kind", "file", "description", "position")
    readonly_fields = ("preview",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Media]:
        media: QuerySet[Media] = super().get_queryset(request)
        return media.select_related("vector").defer("vector__vector")

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, media: Media) -> str:
        if not media.pk or not media.file:
            return "–"
        return format_html('<div class="rs-medium">{}{}</div>', _shown(media), _standing(media))


def _shown(media: Media) -> str:
    """The picture, or the sound with something to play it."""
    if media.kind == Media.Kind.AUDIO:
        return format_html(
            '<audio class="rs-audio" controls preload="none" src="{}"></audio>', media.file.url
        )
    return format_html(
        '<a href="{0}" target="_blank" rel="noopener"><img class="rs-thumb rs-thumb-large"'
        ' loading="lazy" src="{0}" width="88" height="88" alt="{1}"></a>',
        media.file.url,
        media.description,
    )


def _standing(media: Media) -> str:
    """Whether search and models can use it: the pool has made a vector, or says why it has not."""
    row = getattr(media, "vector", None)
    if row is None or row.source != media.file.name:
        return _state("waiting", _("Waiting"), _("Within a minute; reload to see."))
    if row.refusal:
        return _state("refused", _("Refused"), row.get_refusal_display())
    return _state("ready", _("Ready"), _("For search and recommendations"))


def _state(tone: str, word: str, detail: str) -> str:
    return format_html(
        '<span class="rs-state is-{}"><b>{}</b><small>{}</small></span>', tone, word, detail
    )


def media_formset_save(formset: Any) -> None:
    """Save what was changed in the inline, and delete what was marked, by the catalogue's rules."""
    for medium in formset.save(commit=False):
        media_save(medium=medium)
    for medium in formset.deleted_objects:
        media_delete(medium=medium)
    formset.save_m2m()
