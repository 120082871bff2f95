"""Critics: who was answered, made good and turned, and what it was worth."""
