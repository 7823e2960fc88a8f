"""The import commands: what they print, and how they end."""

from __future__ import annotations

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product
from recommender.events.models import Event
from users.models import ConsentDecision, Shopper

pytestmark = pytest.mark.django_db

BEAUTY = (
    Path(os.environ.get("RECSITE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    / "amazon_beauty"
)


def run(*arguments: str) -> tuple[str, str]:
    out, errors = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


@pytest.fixture
def products(tmp_path):
    path = tmp_path / "products.csv"
    path.write_text("external_id,title,price\nA,Tea,1.50\nB,Milk,-2\nC,Oil,3\n")
    return path


def test_import_catalogue_reports_and_goes_on(products):
    out, errors = run("import_catalogue", str(products))
    assert out == "products: 2 new, 0 updated, 0 unchanged, 1 problems\n"
    assert errors == "line 3: price: must not be negative\n"
    assert Product.objects.get(external_id="A").history.get().history_change_reason == (
        "import of products.csv"
    )
    out, _ = run("import_catalogue", str(products))
    assert out == "products: 0 new, 0 updated, 2 unchanged, 1 problems\n"


def test_strict_ends_with_an_error_and_writes_nothing(products):
    with pytest.raises(CommandError, match=r"1 problems: nothing was imported \(--strict\)") as e:
        run("import_catalogue", str(products), "--strict")
    assert e.value.returncode == 1
    assert Product.objects.count() == 0


def test_a_trial_run_says_so(products):
    out, _ = run("import_catalogue", str(products), "--dry-run")
    assert "2 new" in out
    assert "nothing was written" in out
    assert Product.objects.count() == 0


def test_files_that_cannot_be_imported_end_with_an_error(tmp_path):
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    for command in ("import_catalogue", "import_interactions"):
        with pytest.raises(CommandError, match="nothing was imported"):
            run(command, str(picture))
        with pytest.raises(CommandError, match="nothing was imported"):
            run(command, str(tmp_path / "absent.csv"))
        with pytest.raises(CommandError, match="--format"):
            run(command, str(tmp_path / "table.xlsx"))


def test_import_interactions_takes_its_name_from_the_file(tmp_path, products):
    run("import_catalogue", str(products))
    path = tmp_path / "clicks.2025.csv"
    path.write_text("shopper,product,type,time\nann,A,click,2025-01-31\nann,Z,click,2025-01-31\n")
    out, errors = run("import_interactions", str(path))
    assert out == "interactions: 1 new, 0 updated, 0 unchanged, 1 problems\n"
    assert errors == "line 3: product: “Z” is not in the catalogue\n"
    assert Event.objects.get().origin == "import:clicks"
    path.rename(tmp_path / "renamed")
    run("import_interactions", str(tmp_path / "renamed"), "--format", "csv", "--name", "clicks")
    assert Event.objects.count() == 1


def test_import_dataset_without_its_files(tmp_path):
    with pytest.raises(CommandError, match=r"items\.jsonl\.gz"):
        run("import_dataset", "amazon_beauty", str(tmp_path))


@pytest.mark.data
@pytest.mark.skipif(not BEAUTY.is_dir(), reason=f"the data set's folder {BEAUTY} is absent")
def test_amazon_beauty_arrives_whole_in_under_three_minutes():
    began = time.monotonic()
    out, errors = run("import_dataset", "amazon_beauty", str(BEAUTY))
    seconds = time.monotonic() - began
    assert errors == ""
    assert out == (
        "products: 12,101 new, 0 updated, 0 unchanged, 0 problems\n"
        "interactions: 198,502 new, 0 updated, 0 unchanged, 0 problems\n"
    )
    assert Product.objects.count() == 12_101
    assert Event.objects.count() == 198_502
    assert Shopper.objects.count() == ConsentDecision.objects.count() == 22_363
    assert seconds < 180
    out, errors = run("import_dataset", "amazon_beauty", str(BEAUTY))
    assert "12,101 unchanged" in out
    assert "198,502 unchanged" in out
    assert Event.objects.count() == 198_502
