"""Readers of the files that a unit sends in: each makes sheets of text of one kind of file."""
