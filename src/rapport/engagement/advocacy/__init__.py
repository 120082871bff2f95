"""Who speaks well of the brand, who speaks ill, and what that is worth."""
