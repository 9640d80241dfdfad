"""One trusted answer from many LLM votes."""

__version__ = "0.1.0"
