"""What people are worth: purchases, retention, lifetime value."""
