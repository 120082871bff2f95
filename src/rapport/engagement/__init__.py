"""How close people are: what they do, the four levels, advocates and critics, who is leaving."""
