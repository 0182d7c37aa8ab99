"""What a reader gets: the same facts as tables, pages and files."""
