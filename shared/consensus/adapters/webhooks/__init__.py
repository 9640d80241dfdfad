"""Endpoints of operators, which are told of tasks' ends."""
