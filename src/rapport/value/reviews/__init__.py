"""Whether people who read reviews before they buy, buy more because of them."""
