"""How facts arrive from networks that can be asked: Bluesky and Mastodon."""
