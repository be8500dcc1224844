"""Report > JSON, JSON lines, CSV, or tables on a terminal; one file per format."""
