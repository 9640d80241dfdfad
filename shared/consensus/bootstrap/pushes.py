"""Who may push to a function: IAM decides in the cloud, these guards where there is no IAM."""

from __future__ import annotations

from consensus.adapters.google.id_tokens import OF_GOOGLE, IdTokens
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors.identity import Guard, anybody, bearer_of, pushed_by


def guard(settings: Settings) -> Guard:
    """The guard that the settings ask for. Raises ConfigurationError for half of one."""
    audience, account = settings.push_audience, settings.push_account
    if not audience and not account:
        token = settings.push_token
        return bearer_of(token.get_secret_value()) if token else anybody
    if not audience or not account:
        raise ConfigurationError("CONSENSUS_PUSH_AUDIENCE and CONSENSUS_PUSH_ACCOUNT go together.")
    return pushed_by(account, IdTokens(audience, OF_GOOGLE))
