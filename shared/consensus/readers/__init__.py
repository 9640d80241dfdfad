"""Text -> what it says. Only a worker imports this package: the libraries that read live here."""
