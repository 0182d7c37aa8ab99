"""Files as senders and attackers make them, one for every seed: ``python -m tests.fuzz csv:17``."""
