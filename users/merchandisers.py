"""What a migration adds to the rights of the merchandisers' group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.migrations import RunPython

GROUP = "Merchandiser"


def merchandisers_may(
    application: str, models: Mapping[str, str], names: Mapping[str, str] | None = None
) -> RunPython:
    """The operation that gives the actions (``"view change"``) of each model to the group.

    The permissions are made too, since Django makes permissions after all migrations; ``names``
    says what a model is called in their names, where that is not its own name. Where somebody has
    dropped the group nobody gets them. On the way back the group loses them again.
    """
    called = names or {}

    def give(apps: Any, schema_editor: Any) -> None:
        content_types = apps.get_model("contenttypes", "ContentType").objects
        permissions = apps.get_model("auth", "Permission").objects
        group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
        for model, actions in models.items():
            kind, _made = content_types.get_or_create(app_label=application, model=model)
            for action in actions.split():
                permission, _made = permissions.get_or_create(
                    content_type=kind,
                    codename=f"{action}_{model}",
                    defaults={"name": f"Can {action} {called.get(model, model)}"},
                )
                if group is not None:
                    group.permissions.add(permission)

    def take(apps: Any, schema_editor: Any) -> None:
        group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
        if group is not None:
            codenames = [
                f"{action}_{m}" for m, actions in models.items() for action in actions.split()
            ]
            group.permissions.remove(*group.permissions.filter(codename__in=codenames))

    return RunPython(give, take)
