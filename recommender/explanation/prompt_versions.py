"""Saving prompt templates, choosing which one writes, and reading it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from recommender.explanation.prompt_table import PromptTemplateVersion
from recommender.explanation.prompts import TEMPLATES, PromptTemplate
from users.models import User

#: What a user text has to name; nothing else may stand in braces.
PLACES = ("facts", "item")
_BRACES = re.compile(r"\{([^{}]*)\}")


def prompt_check(*, system: str, user: str) -> None:
    """Refuse texts whose places are not those that are filled in.

    Raises:
        ValidationError: by field, naming the places that are unknown or missing.
    """
    problems: dict[str, list[str]] = {}
    for field, text, known in (("system", system, ()), ("user", user, PLACES)):
        told = list(dict.fromkeys(_BRACES.findall(text)))
        unknown = [f"{{{name}}}" for name in told if name not in known]
        missing = [f"{{{name}}}" for name in known if name not in told]
        if unknown:
            message = _("nothing is known that could stand for %(places)s")
            problems.setdefault(field, []).append(message % {"places": ", ".join(unknown)})
        if missing:
            message = _("the text needs %(places)s")
            problems.setdefault(field, []).append(message % {"places": ", ".join(missing)})
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def prompt_save(
    *, name: str, language: str, system: str, user: str, by: User | None
) -> PromptTemplateVersion:
    """Keep texts as a new version, a draft.

    Raises:
        ValidationError: by field.
    """
    system, user = system.strip(), user.strip()
    prompt_check(system=system, user=user)
    # The rows are locked where the database can, so that two savings get two numbers.
    rows = PromptTemplateVersion.objects.filter(name=name, language=language)
    list(rows.select_for_update().values_list("pk", flat=True))
    newest = rows.aggregate(newest=Max("version"))["newest"] or 0
    saved = PromptTemplateVersion(
        name=name, language=language, version=newest + 1, system=system, user=user, author=by
    )
    saved.full_clean()
    saved.save()
    return saved


@transaction.atomic
def prompt_make_live(*, version: PromptTemplateVersion) -> None:
    """Have a version write from now on; the one that did becomes a draft again."""
    statuses = PromptTemplateVersion.Status
    rows = PromptTemplateVersion.objects.filter(name=version.name, language=version.language)
    list(rows.select_for_update().values_list("pk", flat=True))
    rows.filter(status=statuses.LIVE).exclude(pk=version.pk).update(status=statuses.DRAFT)
    rows.filter(pk=version.pk).update(status=statuses.LIVE)
    version.status = statuses.LIVE


def prompt_template(version: PromptTemplateVersion) -> PromptTemplate:
    """A version as it is filled in."""
    return PromptTemplate(version.code, version.system, version.user)


def templates_live() -> Mapping[str, PromptTemplate]:
    """What writes explanations, by language; where nobody has chosen, what came with the shop."""
    live = PromptTemplateVersion.objects.filter(
        name=PromptTemplateVersion.Name.EXPLANATION, status=PromptTemplateVersion.Status.LIVE
    )
    return {**TEMPLATES, **{version.language: prompt_template(version) for version in live}}
