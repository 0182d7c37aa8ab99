"""Files: where they are, tables of text in them, and writing them whole or not at all."""
