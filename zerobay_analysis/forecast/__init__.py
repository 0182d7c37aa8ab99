"""Models that turn evidence into sample paths, behind one interface."""
