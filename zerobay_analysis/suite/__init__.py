"""Runs notebooks, records what happened, keeps the last good report."""
