"""Receipts of erasures, which merchandisers may read."""

import django.utils.timezone
from django.db import migrations, models

GROUP = "Merchandiser"
CODENAME = "view_erasurereceipt"


def permission_give(apps, schema_editor):
    """The permission is made too, since Django makes permissions after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    kind, _made = ContentType.objects.get_or_create(app_label="users", model="erasurereceipt")
    permission, _made = Permission.objects.get_or_create(
        content_type=kind, codename=CODENAME, defaults={"name": "Can view erasure"}
    )
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.add(permission)


def permission_take(apps, schema_editor):
    """The way back."""
    group = apps.get_model("auth", "Group").objects.filter(name=GROUP).first()
    if group is not None:
        group.permissions.remove(*group.permissions.filter(codename=CODENAME))


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0005_alert_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='ErasureReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, unique=True, verbose_name='number')),
                ('shopper_hash', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('route', models.CharField(choices=[('account', "on the account's page"), ('admin', 'in the admin'), ('rest', 'through the REST interface')], max_length=10, verbose_name='asked for')),
                ('erased_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='erased at')),
                ('counts', models.JSONField(default=dict, verbose_name='deleted')),
                ('is_learnt', models.BooleanField(default=False, verbose_name='had been learnt from')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='forgotten by the models at')),
                ('version', models.CharField(blank=True, max_length=40, verbose_name='free of the shopper since version')),
                ('parts', models.JSONField(default=list, verbose_name='parts of the model')),
                ('files', models.JSONField(default=dict, verbose_name='files')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'ordering': ['-erased_at', '-pk'],
            },
        ),
        migrations.RunPython(permission_give, permission_take),
    ]
