"""Merchandisers read the alerts and put them away."""

from django.db import migrations

from users.merchandisers import merchandisers_may


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0004_opinion_groups"),
        ("recommender", "0006_alerts"),
    ]

    operations = [merchandisers_may("recommender", {"alert": "view change"})]
