"""Tables that say how far they are from what they stand for."""
