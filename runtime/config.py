"""Configuration: what a process is told by its environment, as `NURTURE_…` variables.

How Temporal is reached is not here: that is Temporal's own `TEMPORAL_…` profile.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.messages import QUEUE

PREFIX = "NURTURE_"

_SHORTEST_SECRET = 16
_HOW_TO_MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
_KEY_BYTES = 32
_HOW_TO_MAKE_A_KEY = (
    "python3 -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DATABASES = ("sqlite", "postgresql", "postgres")
_MAIL = ("smtp", "smtps", "smtp+starttls")


class ConfigError(Exception):
    """A variable of the environment is missing or wrong. The message names it and never its secret."""


class Config(BaseSettings):
    """The environment. Use `load_config`, which says in a sentence what is wrong.

    `database_url`: `sqlite:///file.db` or `postgresql://user@host/name`. `secret` signs Message-IDs and
    unsubscribe links. `gateway_url`: where contacts' clicks on our own links arrive, if anywhere.
    `encryption_keys`: what histories are encrypted with; the first encrypts, each of them decrypts.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True, frozen=True)

    database_url: SecretStr = SecretStr("sqlite:///nurture.db")
    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:1025")
    secret: SecretStr | None = None
    gateway_url: str | None = None
    task_queue: str = QUEUE
    encryption_keys: SecretStr | None = None

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: SecretStr) -> SecretStr:
        scheme = urlsplit(value.get_secret_value()).scheme.split("+")[0]
        if scheme not in _DATABASES:
            raise ValueError("is no database URL; write sqlite:///nurture.db or postgresql://user@host/name")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in _MAIL or not parts.hostname:
            raise ValueError("is no mail server; write smtp://127.0.0.1:1025 or smtps://user:password@host")
        return value

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"is too short to be secret; make one with: {_HOW_TO_MAKE_ONE}")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        _read_keys(value.get_secret_value())
        return value

    @field_validator("gateway_url")
    @classmethod
    def _a_site(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is no address of a site; write https://host, or leave it out")
        return value.rstrip("/")

    @field_validator("task_queue")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is empty; name a task queue, or leave it out")
        return value.strip()

    def signing_secret(self) -> bytes:
        """Return what signs. Raises `ConfigError` if there is none: a worker needs it."""
        if self.secret is None:
            raise ConfigError(
                f"{PREFIX}SECRET is not set; a worker signs Message-IDs with it. Make one, and keep it the "
                f"same for all workers: {_HOW_TO_MAKE_ONE}"
            )
        return self.secret.get_secret_value().encode()

    def keys(self) -> list[bytes]:
        """Return the keys that histories are encrypted with, the one that encrypts first; none if none."""
        return _read_keys(self.encryption_keys.get_secret_value()) if self.encryption_keys else []


def _read_keys(text: str) -> list[bytes]:
    """Read keys apart from each other by commas or spaces. Raises `ValueError`."""
    found = []
    for number, part in enumerate(text.replace(",", " ").split(), 1):
        try:
            key = base64.b64decode(part, altchars=b"-_" if set(part) & set("-_") else None, validate=True)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise ValueError(
                f"holds no usable key at place {number}: each is {_KEY_BYTES} random bytes in base64; make "
                f"one with: {_HOW_TO_MAKE_A_KEY}"
            )
        found.append(key)
    return found


def load_config(database_url: str | None = None) -> Config:
    """Read the environment. `database_url`: what counts instead of its own, if anything.

    Raises:
        ConfigError: a variable has a value that cannot be used.
    """
    try:
        return Config() if database_url is None else Config(database_url=SecretStr(database_url))
    except ValidationError as problem:
        raise ConfigError(_sentence(problem.errors()[0])) from None


def _sentence(problem: Any) -> str:
    name = PREFIX + str(problem["loc"][0] if problem["loc"] else "").upper()
    what = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name} {what}."


def resolve(text: str, environ: Mapping[str, str]) -> str | None:
    """Fill in each `${NAME}` of a setting; None if a variable is unset or empty."""
    if unset(text, environ):
        return None
    return _VARIABLE.sub(lambda found: environ[found[1]], text)


def unset(text: str, environ: Mapping[str, str]) -> list[str]:
    """Return the variables that a setting refers to and that have no value."""
    return [name for name in _VARIABLE.findall(text) if not environ.get(name)]


def expand(text: str, environ: Mapping[str, str], key: str, file: str = "nurture.toml") -> str:
    """Fill in each `${NAME}` of a setting that is needed.

    Args:
        key: the setting, as its file names it, such as `[sync."CRM"] url`.

    Raises:
        ConfigError: a variable has no value.
    """
    missing = unset(text, environ)
    if missing:
        raise ConfigError(
            f"{key} in {file} refers to ${{{missing[0]}}}, which is not set. Set it in the environment, "
            "or write the value into the file."
        )
    return _VARIABLE.sub(lambda found: environ[found[1]], text)
