"""Merchandisers see which classifier reads the reviews, and how well it did; they do not switch."""

from django.db import migrations

from users.merchandisers import merchandisers_may


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0003_graph_groups"),
        ("recommender", "0003_opinions"),
    ]

    operations = [merchandisers_may("recommender", {"opinionclassifierversion": "view"})]
