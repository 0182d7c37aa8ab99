"""What measures the suite: the public benchmark, learning the prior, speed. Run from a checkout."""
