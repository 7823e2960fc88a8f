import json

from recommender.benchmarks.report import BenchmarkReport, Table, machine

TABLE = Table("Accuracy", ("source", "HR@10", "n"), [("blend", 0.12345, 7), ("other", None, 10)])
REPORT = BenchmarkReport(
    "quality", "toys", 3, "manage.py benchmark quality", {"blend.hr_at_10": 0.12345678}, [TABLE],
    ["Said once."],
)  # fmt: skip


def test_the_last_line_is_json_with_the_agreed_fields():
    last = json.loads(REPORT.text().splitlines()[-1])
    assert last == {
        "benchmark": "quality",
        "dataset": "toys",
        "seed": 3,
        "machine": machine(),
        "figures": {"blend.hr_at_10": 0.123457},
    }


def test_columns_line_up_and_missing_figures_are_dashes():
    assert TABLE.text().splitlines() == [
        "Accuracy",
        "source   HR@10   n",
        "------  ------  --",
        "blend   0.1235   7",
        "other        -  10",
    ]


def test_markdown_has_the_tables_and_how_to_repeat_them():
    page = REPORT.markdown()
    assert "| blend | 0.1235 | 7 |" in page
    assert "- command: `manage.py benchmark quality`" in page
    assert "- seed: 3" in page
    assert "- Said once." in page


def test_both_files_are_written(tmp_path):
    page, data = REPORT.save(tmp_path / "docs")
    assert page.name == "quality-toys.md"
    assert json.loads(data.read_text())["figures"] == {"blend.hr_at_10": 0.123457}


def test_the_machine_is_told_by_cores_processor_and_memory():
    assert " cores, " in machine()
    assert machine().endswith(" GiB memory")
