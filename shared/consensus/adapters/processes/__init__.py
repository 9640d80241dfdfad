"""Processes of one machine: the workers, and what they are asked over."""
