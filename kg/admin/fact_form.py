"""The form of a fact, which speaks with the voice of the services that write it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from kg.admin.entity_picker import EntityField
from kg.admin.words import predicate_words, sentence
from kg.facts import FactRefusedError, fact_change, fact_find, fact_state
from kg.models import Fact, Predicate
from kg.statements import EVIDENCE_LIMIT
from users.models import User


class PredicateField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The vocabulary in words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Predicate.objects.all(), widget=UnfoldAdminSelectWidget(), empty_label="", **kwargs
        )

    def label_from_instance(self, obj: Predicate) -> str:
        return predicate_words(obj)


class FactForm(forms.ModelForm[Fact]):
    """States or changes a fact while it is validated.

    Only the service knows whether it refuses, and asking it twice could get two answers; so what
    it says against the statement stands at the field, and nothing is left for ``save`` to do.
    """

    #: Who states it, and whether they may judge it; the admin sets both.
    author: User
    may_review = False

    subject = EntityField(label=_("subject"), side="subject", predicate_field="id_predicate")
    predicate = PredicateField(label=_("predicate"))
    object = EntityField(label=_("object"), side="object", predicate_field="id_predicate")
    confidence = forms.FloatField(
        label=_("confidence"),
        initial=1.0,
        help_text=_("From 0 (a guess) to 1 (certain); recommendations weigh facts by it."),
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01", "min": "0", "max": "1"}),
        error_messages={"invalid": _("A confidence is a number from 0 to 1.")},
    )
    evidence = forms.CharField(
        label=_("evidence"),
        required=False,
        max_length=EVIDENCE_LIMIT,
        help_text=_("What shows it: a sentence of a text, or where you know it from."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    status = forms.ChoiceField(
        label=_("status"), choices=Fact.Status.choices, widget=UnfoldAdminSelectWidget()
    )
    replace = forms.BooleanField(
        label=_("Replace what contradicts it"),
        required=False,
        help_text=_(
            "Where only one object can be true, the fact that stands there now is retracted; its "
            "history can bring it back."
        ),
        widget=UnfoldBooleanSwitchWidget(),
    )
    reason = forms.CharField(
        label=_("reason for the change"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )

    class Meta:
        model = Fact
        fields = ("subject", "predicate", "object", "confidence", "evidence", "status")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # The form holds entities, where the model's own dictionary has their numbers.
            self.initial["subject"] = self.instance.subject_id
            self.initial["object"] = self.instance.object_id
        elif "status" not in self.initial:
            self.initial["status"] = Fact.Status.ACCEPTED
        if not self.may_review:
            self.fields.pop("status", None)

    def _post_clean(self) -> None:
        """In place of building the model from the fields and checking it by itself."""
        if self.errors:
            return
        values = dict(self.cleaned_data)
        try:
            self.instance = self._changed(values) if self.instance.pk else self._stated(values)
        except FactRefusedError as error:
            self.add_error(error.field if error.field in self.fields else None, error.reason)

    def _stated(self, values: dict[str, Any]) -> Fact:
        sides = {name: values[name] for name in ("subject", "predicate", "object")}
        known = fact_find(**sides)
        if known is not None:
            raise FactRefusedError(
                "object",
                _("“%(fact)s” is on record already (%(status)s); change it there.")
                % {"fact": sentence(known), "status": known.get_status_display()},
            )
        # A person's own word counts at once; what machines propose waits for a reviewer.
        values.setdefault("status", Fact.Status.ACCEPTED)
        return fact_state(source=Fact.Source.MERCHANDISER, author=self.author, **values)

    def _changed(self, values: dict[str, Any]) -> Fact:
        return fact_change(fact=self.instance, author=self.author, **values)
