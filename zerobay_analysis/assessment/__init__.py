"""From a forecast to what leadership asks: how likely, how fast, whose."""
