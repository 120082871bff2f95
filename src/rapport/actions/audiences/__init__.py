"""Lists for a CRM or a platform, with a part held out by lot."""
