"""What this package is called where people install it, and how they get its extras."""

from __future__ import annotations

DISTRIBUTION = "consensus-panel"  # "consensus" on the package index is another project


def pip_install(extra: str = "") -> str:
    """The command that installs the package, with an extra of pyproject.toml where one is named."""
    return f'pip install "{DISTRIBUTION}[{extra}]"' if extra else f"pip install {DISTRIBUTION}"
