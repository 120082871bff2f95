"""Where customers and prospects are, what they come for there, what that costs and returns."""
