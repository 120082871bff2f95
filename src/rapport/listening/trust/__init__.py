"""How far can the reading be trusted? Corrected shares, own labels, refitted heads."""
