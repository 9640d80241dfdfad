"""Who may call, by the credentials that the settings name."""

from __future__ import annotations

from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.distribution import pip_install
from consensus.doors.identity import AnyOf, ApiKeys, FirebaseUsers, Identity


def identity_from(settings: Settings) -> Identity | None:
    """By API keys, Firebase users or both; None for neither. Raises ConfigurationError."""
    keys, project = settings.api_keys, settings.firebase_project
    known: list[Identity] = [ApiKeys(keys.get_secret_value())] if keys else []
    if project:
        known.append(_users(project))
    match known:
        case []:
            return None
        case [only]:
            return only
        case _:
            return AnyOf(*known)


def _users(project: str) -> FirebaseUsers:
    try:
        from consensus.adapters.google.id_tokens import OF_FIREBASE, IdTokens  # noqa: PLC0415  an extra
    except ImportError as error:
        message = f"CONSENSUS_FIREBASE_PROJECT needs: {pip_install('cloud')}"
        raise ConfigurationError(message) from error
    return FirebaseUsers(IdTokens(project, OF_FIREBASE), project)
