"""Amazon Beauty 5-core as the published comparisons use it: 22,363 users, 12,101 items.

Two files in one folder: ``interactions.csv.gz`` with the columns user_id, item_id, timestamp and
position (the order inside a user's history), and ``items.jsonl.gz`` with item_id, asin, title,
brand and category paths.
"""

from __future__ import annotations

import csv
import gzip
import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from recommender.contracts import InteractionLog, ItemEncoder, ItemTable

#: HR@5, NDCG@5, HR@10, NDCG@10 as published; a dash where the source gives none.
PUBLISHED: tuple[tuple[str, float | None, float | None, float, float], ...] = (
    ("PopRec", 0.0080, 0.0044, 0.0152, 0.0068),
    ("GRU4Rec", 0.0164, 0.0099, 0.0283, 0.0137),
    ("BERT4Rec", 0.0203, 0.0124, 0.0347, 0.0170),
    ("SASRec", 0.0387, 0.0249, 0.0605, 0.0318),
    ("S3-Rec", 0.0387, 0.0244, 0.0647, 0.0327),
    ("P5 (LLM)", 0.0163, 0.0107, 0.0254, 0.0136),
    ("TIGER (generative)", 0.0454, 0.0321, 0.0648, 0.0384),
    ("SASRec, full cross-entropy (third-party log, 3 seeds)", None, None, 0.0859, 0.0503),
)


def load_log(folder: Path) -> InteractionLog:
    """Read the interactions in the file's order: by user, then by position; ids from zero."""
    path = folder / "interactions.csv.gz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: --data must name the data set's folder")
    with gzip.open(path, "rt", newline="") as file:
        rows = [
            (int(row["user_id"]), int(row["position"]), int(row["item_id"]), int(row["timestamp"]))
            for row in csv.DictReader(file)
        ]
    table = np.array(sorted(rows), np.int64)
    shoppers = (table[:, 0] - 1).astype(np.int32)
    items = (table[:, 2] - 1).astype(np.int32)
    return InteractionLog(
        shoppers,
        items,
        np.ones(len(items), np.float32),
        table[:, 3],
        int(shoppers.max()) + 1,
        int(items.max()) + 1,
    )


def load_items(folder: Path, encoder: ItemEncoder | None = None) -> ItemTable:
    """Read the catalogue; vectors have no columns where no encoder is given."""
    with gzip.open(folder / "items.jsonl.gz", "rt") as file:
        rows: list[dict[str, Any]] = sorted(
            (json.loads(line) for line in file), key=lambda row: row["item_id"]
        )
    if [row["item_id"] for row in rows] != list(range(1, len(rows) + 1)):
        raise ValueError("the items are not numbered from 1 without gaps")
    brands = tuple(html.unescape(row["brand"] or "") for row in rows)
    paths = [
        list(dict.fromkeys(name for path in row["categories"] for name in path)) for row in rows
    ]
    texts = tuple(
        ". ".join(
            part for part in (html.unescape(row["title"] or ""), brand, ", ".join(path)) if part
        )
        for row, brand, path in zip(rows, brands, paths, strict=True)
    )
    groups = tuple(row["categories"][0][-1] if row["categories"] else "" for row in rows)
    vectors = encoder.encode(texts) if encoder else np.zeros((len(rows), 0), np.float32)
    return ItemTable(tuple(row["asin"] for row in rows), texts, brands, groups, vectors)
