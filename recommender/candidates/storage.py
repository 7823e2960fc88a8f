"""How sources keep their arrays: one .npy file each, memory-mapped when read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

Array: TypeAlias = npt.NDArray[Any]

#: Sparse matrices everywhere are rows of items (or shoppers) in compressed form.
Rows: TypeAlias = Any  # scipy.sparse.csr_matrix, which comes without types


def save_array(folder: Path, name: str, array: Array) -> None:
    """Write one array as ``name.npy``, rows contiguous."""
    np.save(folder / f"{name}.npy", np.ascontiguousarray(array))


def load_array(folder: Path, name: str) -> Array:
    """Read one array; its pages come from disk when they are touched."""
    array: Array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array


def save_rows(folder: Path, name: str, matrix: Rows) -> None:
    """Write a sparse matrix as three arrays and its shape."""
    save_array(folder, f"{name}.values", matrix.data)
    save_array(folder, f"{name}.columns", matrix.indices)
    save_array(folder, f"{name}.starts", matrix.indptr)
    save_array(folder, f"{name}.shape", np.array(matrix.shape, np.int64))


def load_rows(folder: Path, name: str) -> Rows:
    """Read what ``save_rows`` wrote."""
    shape = tuple(int(size) for size in np.load(folder / f"{name}.shape.npy"))
    parts = tuple(load_array(folder, f"{name}.{part}") for part in ("values", "columns", "starts"))
    matrix = sparse.csr_matrix(shape, dtype=parts[0].dtype)
    # The constructor would check, and thereby read, every page.
    matrix.data, matrix.indices, matrix.indptr = parts
    matrix.has_sorted_indices = True
    matrix.has_canonical_format = True
    return matrix


def save_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Write a source's parameters as JSON."""
    (folder / "settings.json").write_text(json.dumps(settings, indent=1, sort_keys=True))


def load_settings(folder: Path) -> dict[str, Any]:
    """Read a source's parameters."""
    settings: dict[str, Any] = json.loads((folder / "settings.json").read_text())
    return settings


def resized(matrix: Rows, n_rows: int, n_columns: int) -> Rows:
    """The same matrix with empty rows and columns added at the end."""
    if matrix.shape == (n_rows, n_columns):
        return matrix
    grown = matrix.copy()
    grown.resize((n_rows, n_columns))
    return grown


def keep_largest(matrix: Rows, count: int) -> None:
    """Set all but the ``count`` largest entries of every row to zero, in place.

    Among equals the first column stays, so that one row's result does not depend on the others.
    """
    for row in np.flatnonzero(np.diff(matrix.indptr) > count):
        values = matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]]
        order = np.argsort(-values, kind="stable")
        values[order[count:]] = 0.0
    matrix.eliminate_zeros()
