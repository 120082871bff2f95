"""Who came because of whom, who would have come anyway, and what that is worth."""
