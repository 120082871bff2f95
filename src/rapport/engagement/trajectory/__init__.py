"""Where people are going: moving up or down, breaking up, leaving, coming back."""
