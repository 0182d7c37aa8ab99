"""One house style; one file per kind of chart."""
