import io
import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.importing import Format
from catalog.models import Review
from recommender.feedback.labelled_sources import (
    texts_from_file,
    texts_from_reviews,
    texts_from_snippets,
)


def test_a_table_with_ratings_labels_and_bad_rows(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text(
        "title,text,rating,label\n"
        "Nice,Fresh bread,5,\n"
        ",It was stale,2,\n"
        ",Neither,3,\n"
        ",,4,\n"
        ",Six stars,6,\n"
        ",No rating,,\n"
        ",Said bad,5,bad\n"
        ",Odd label,,perfect\n"
        ",Not a number,many,\n"
    )
    read = texts_from_file(path, Format.CSV)
    assert read.texts.texts == ("Nice\nFresh bread", "It was stale", "Said bad")
    assert read.texts.labels.tolist() == [1, 0, 0]
    assert read.neither == 1
    assert [(p.line, p.field) for p in read.problems] == [
        (5, "text"), (6, "rating"), (7, "rating"), (9, "label"), (10, "rating"),
    ]  # fmt: skip
    assert read.problems[1].reason == "must lie between 1 and 5"


def test_json_lines_and_parquet_hold_the_same(tmp_path):
    rows = [{"text": "good", "rating": 4.5}, {"text": "bad", "rating": 1}]
    lines, table = tmp_path / "texts.jsonl", tmp_path / "texts.parquet"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(pa.table({"text": ["good", "bad"], "rating": [4.5, 1.0]}), table)
    for path, format in ((lines, Format.JSONL), (table, Format.PARQUET)):
        read = texts_from_file(path, format)
        assert (read.texts.texts, read.texts.labels.tolist()) == (("good", "bad"), [1, 0])
        assert not read.problems


def test_a_file_of_another_kind_is_one_problem(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    read = texts_from_file(path, Format.CSV)
    assert (len(read.texts), len(read.problems)) == (0, 1)
    path.write_text("words,rating\nfine,5\n")
    problem = texts_from_file(path, Format.CSV).problems[0]
    assert (problem.line, problem.field) == (1, "text")


def test_the_shops_own_reviews(small_shop):
    anna, ben, cleo = small_shop.shoppers.values()
    said = [
        (anna, 5, "Lovely", "Fresh"), (ben, 3, "So so", ""), (cleo, 1, "", "Stale"),
    ]  # fmt: skip
    for shopper, rating, title, text in said:
        Review.objects.create(
            product=small_shop.products[0], shopper=shopper, rating=rating, title=title, text=text
        )
    other = small_shop.products[1]
    Review.objects.create(product=other, shopper=anna, rating=5)
    Review.objects.create(
        product=other, shopper=ben, rating=1, text="Rude", status=Review.Status.HIDDEN
    )
    read = texts_from_reviews()
    assert read.texts.texts == ("Lovely\nFresh", "Stale")
    assert read.texts.labels.tolist() == [1, 0]
    assert read.neither == 1


def archive(name, content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as file:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def test_the_rated_sentences_are_found_in_the_package_in_its_package(tmp_path):
    lines = b"1_1\t2.5\tworks well.\r\n1_2\t-0.4\tit is grey.\r\n2_1\t-3.0\tit broke.\r\n"
    inner = archive("hutto/amazonReviewSnippets_GroundTruth.txt", lines)
    outer = tmp_path / "package.tar.gz"
    outer.write_bytes(archive("package/additional_resources/hutto_ICWSM_2014.tar.gz", inner))
    plain = tmp_path / "amazonReviewSnippets_GroundTruth.txt"
    plain.write_bytes(lines)
    for path in (outer, plain, tmp_path):
        read = texts_from_snippets(path)
        assert read.texts.texts == ("works well.", "it broke.")
        assert read.texts.labels.tolist() == [1, 0]
        assert read.texts.origins == ("1", "2")
        assert read.neither == 1
    with pytest.raises(FileNotFoundError, match="pip download"):
        texts_from_snippets(tmp_path / "nowhere.tar.gz")
    outer.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="cannot be read"):
        texts_from_snippets(outer)
    plain.write_bytes(b"1_1\tmuch\tworks well.\n")
    with pytest.raises(ValueError, match="line 1"):
        texts_from_snippets(plain)
