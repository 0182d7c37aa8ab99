"""Everything between a sender's file and a checked row: readers, columns, stores, imports, forms."""

from zerobay_analysis.ledger.reading import CheckReport, Ledger, Reading, check_path, load_ledger, read_source

__all__ = ["CheckReport", "Ledger", "Reading", "check_path", "load_ledger", "read_source"]
