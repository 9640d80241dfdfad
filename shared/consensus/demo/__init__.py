"""A panel that needs no key: an endpoint that plays scripted answers over the real protocol."""
