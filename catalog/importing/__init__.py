"""Files and data sets into the catalogue and the event log: read, checked, upserted, reported."""

from catalog.importing.catalogue import catalogue_import, catalogue_rows_import
from catalog.importing.interactions import interaction_rows_import, interactions_import
from catalog.importing.readers import Format, format_of
from catalog.importing.report import ImportReport, Problem, WrongFileError

__all__ = [
    "Format",
    "ImportReport",
    "Problem",
    "WrongFileError",
    "catalogue_import",
    "catalogue_rows_import",
    "format_of",
    "interaction_rows_import",
    "interactions_import",
]
