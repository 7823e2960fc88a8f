"""Three groups around the knowledge graph: who sees it, who edits it, who judges proposals."""

from django.db import migrations

_SEE = {
    "entity": "view",
    "predicate": "view",
    "fact": "view",
    "historicalfact": "view",
    "outboxentry": "view",
}
_EDIT = {
    **_SEE,
    "entity": "view add change",
    "predicate": "view add change delete",
    # To delete a fact is to retract it: its history stays.
    "fact": "view add change delete",
}
GROUPS = {
    "Graph viewer": _SEE,
    "Graph editor": _EDIT,
    "Graph reviewer": {**_EDIT, "fact": "view add change delete review"},
    "Merchandiser": _EDIT,
}
#: Whoever reviews sees what they judge.
CATALOGUE = {"product": "view", "brand": "view", "category": "view"}
NAMES = {"review": "Can accept and reject proposals"}


def groups_make(apps, schema_editor):
    """Make the groups; permissions are made too, since Django makes them after all migrations."""
    Group = apps.get_model("auth", "Group")
    for name, models in GROUPS.items():
        group, _made = Group.objects.get_or_create(name=name)
        for application, may in (("kg", models), ("catalog", CATALOGUE)):
            for model, actions in may.items():
                for action in actions.split():
                    group.permissions.add(_permission(apps, application, model, action))


def _permission(apps, application, model, action):
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _made = ContentType.objects.get_or_create(app_label=application, model=model)
    permission, _made = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind,
        codename=f"{action}_{model}",
        defaults={"name": NAMES.get(action, f"Can {action} {model}")},
    )
    return permission


def groups_drop(apps, schema_editor):
    """The way back: the groups go, the merchandisers' group was there before."""
    Group = apps.get_model("auth", "Group")
    Group.objects.filter(name__in=[name for name in GROUPS if name != "Merchandiser"]).delete()
    merchandisers = Group.objects.filter(name="Merchandiser").first()
    if merchandisers is not None:
        graph = merchandisers.permissions.filter(content_type__app_label="kg")
        merchandisers.permissions.remove(*graph)


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0002_merchandiser_group"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(groups_make, groups_drop)]
