"""Merchandisers write the prompts of explanations."""

from django.db import migrations

GROUP = "Merchandiser"
CODENAMES = (
    "view_prompttemplateversion",
    "add_prompttemplateversion",
    "change_prompttemplateversion",
)


def permissions_give(apps, schema_editor):
    """The permissions are made too, since Django makes permissions after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    kind, _made = ContentType.objects.get_or_create(app_label="recommender", model="prompttemplateversion")
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    for codename in CODENAMES:
        permission, _made = Permission.objects.get_or_create(
            content_type=kind,
            codename=codename,
            defaults={"name": f"Can {codename.replace('_', ' ')}"},
        )
        if group is not None:
            group.permissions.add(permission)


def permissions_take(apps, schema_editor):
    """The way back."""
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.remove(*group.permissions.filter(codename__in=CODENAMES))


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0008_learning_groups"),
        ("recommender", "0014_prompt_templates"),
    ]

    operations = [migrations.RunPython(permissions_give, permissions_take)]
