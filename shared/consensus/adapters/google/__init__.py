"""Google's services, and their emulators."""
