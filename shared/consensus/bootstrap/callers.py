"""Who may call, of those whom the settings tell apart."""

from __future__ import annotations

from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors.identity import AnyOf, ApiKeys, FirebaseUsers, Identity


def told_apart(settings: Settings) -> Identity | None:
    """By keys and by users, whichever there are; None for neither. Raises ConfigurationError."""
    keys, project = settings.api_keys, settings.firebase_project
    known: list[Identity] = [ApiKeys(keys.get_secret_value())] if keys else []
    if project:
        known.append(_users(project))
    return known[0] if len(known) == 1 else AnyOf(*known) if known else None


def _users(project: str) -> FirebaseUsers:
    try:
        from consensus.adapters.id_tokens import OF_FIREBASE, IdTokens  # noqa: PLC0415  an extra
    except ImportError as error:
        message = 'CONSENSUS_FIREBASE_PROJECT needs: pip install "consensus[supervisor]"'
        raise ConfigurationError(message) from error
    return FirebaseUsers(IdTokens(project, OF_FIREBASE), project)
