"""Report > JSON, JSON lines, CSV, or tables on a terminal; one file per format."""

from importlib.util import find_spec


def has_parquet() -> bool:
    """Whether Parquet can be written here; asked without importing what writes it."""
    return find_spec("pyarrow") is not None
