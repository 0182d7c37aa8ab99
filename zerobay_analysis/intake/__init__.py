"""A unit's file on its way into the ledger: checked, compared, marked up, added."""
