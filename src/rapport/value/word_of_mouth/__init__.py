"""How many new customers came because somebody spoke of the brand, as a band."""
