"""Merchandisers look at learning, begin it and plan it."""

from django.db import migrations

GROUP = "Merchandiser"
CODENAMES = (
    ("learningrun", "view_learningrun"),
    ("learningrun", "add_learningrun"),
    ("learningplan", "view_learningplan"),
    ("learningplan", "change_learningplan"),
)


def permissions_give(apps, schema_editor):
    """The permissions are made too, since Django makes permissions after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    for model, codename in CODENAMES:
        kind, _made = ContentType.objects.get_or_create(app_label="recommender", model=model)
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
        group.permissions.remove(*group.permissions.filter(codename__in=[name for _, name in CODENAMES]))


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0007_sentence_groups"),
        ("recommender", "0012_learning_runs"),
    ]

    operations = [migrations.RunPython(permissions_give, permissions_take)]
