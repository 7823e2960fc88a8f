"""The group of those who look after the catalogue: no accounts, no tokens, no erasure."""

from django.db import migrations

GROUP = "Merchandiser"
MAY = {
    "catalog": {
        "product": "add change view",
        "historicalproduct": "view",
        "category": "add change delete view",
        "brand": "add change delete view",
        "attributetype": "add change view",
        "media": "add change delete view",
        "review": "change view",
    },
    "orders": {"order": "change view", "orderline": "view"},
    "recommender": {
        "event": "view",
        "slatetrace": "view",
        "slatecount": "view",
        "modelversion": "view",
        "snapshot": "view",
    },
    "users": {"shopper": "view", "consentdecision": "view"},
}


def group_make(apps, schema_editor):
    """Make the group; permissions are made too, since Django makes them after all migrations."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    group, _made = Group.objects.get_or_create(name=GROUP)
    for application, models in MAY.items():
        for model, actions in models.items():
            kind, _made = ContentType.objects.get_or_create(app_label=application, model=model)
            for action in actions.split():
                permission, _made = Permission.objects.get_or_create(
                    content_type=kind,
                    codename=f"{action}_{model}",
                    defaults={"name": f"Can {action} {model}"},
                )
                group.permissions.add(permission)


def group_drop(apps, schema_editor):
    """The way back: the group goes, Django's permissions stay."""
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(group_make, group_drop)]
