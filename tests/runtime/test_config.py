"""The environment is read once, and what is wrong with it is one sentence without secrets."""

from __future__ import annotations

import pytest

from runtime.config import Config, ConfigError, expand, load_config, resolve, unset


def test_without_variables_it_is_what_a_laptop_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(f"NURTURE_{name.upper()}", raising=False)
    config = load_config()
    assert config.database_url.get_secret_value() == "sqlite:///nurture.db"
    assert config.smtp_url.get_secret_value() == "smtp://127.0.0.1:1025"
    assert config.gateway_url is None
    assert config.task_queue == "nurture"


def test_variables_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURTURE_DATABASE_URL", "postgresql://me:pass@host/name")
    monkeypatch.setenv("NURTURE_SECRET", "s" * 32)
    monkeypatch.setenv("NURTURE_GATEWAY_URL", "https://go.example.com/")
    config = load_config()
    assert config.database_url.get_secret_value() == "postgresql://me:pass@host/name"
    assert config.signing_secret() == b"s" * 32
    assert config.gateway_url == "https://go.example.com"
    assert "pass" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://u:hush@h/d", "NURTURE_DATABASE_URL is no database URL; write sqlite:///"),
        ("DATABASE_URL", "nurture.db", "NURTURE_DATABASE_URL is no database URL"),
        ("SMTP_URL", "http://mail:hush@h", "NURTURE_SMTP_URL is no mail server; write smtp://"),
        ("SECRET", "hush", "NURTURE_SECRET is too short to be secret; make one with: python3"),
        ("GATEWAY_URL", "go.example.com", "NURTURE_GATEWAY_URL is no address of a site"),
        ("TASK_QUEUE", " ", "NURTURE_TASK_QUEUE is empty"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"NURTURE_{name}", value)
    with pytest.raises(ConfigError) as refusal:
        load_config()
    assert str(refusal.value).startswith(sentence)
    assert "hush" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_worker_without_a_secret_is_told_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NURTURE_SECRET", raising=False)
    with pytest.raises(ConfigError, match=r"NURTURE_SECRET is not set.*secrets\.token_urlsafe"):
        load_config().signing_secret()


def test_variables_in_settings_are_filled_in() -> None:
    environ = {"HOST": "crm.example.com", "KEY": "k"}
    assert expand("https://${HOST}/x?k=${KEY}", environ, "[sync] url") == "https://crm.example.com/x?k=k"
    assert expand("no variable, $HOST, ${}", environ, "[sync] url") == "no variable, $HOST, ${}"


def test_a_needed_variable_that_is_unset_names_file_key_and_variable() -> None:
    with pytest.raises(ConfigError) as refusal:
        expand("${CRM_URL}/contacts", {"CRM_URL": ""}, '[sync."CRM"] url')
    assert str(refusal.value) == (
        '[sync."CRM"] url in nurture.toml refers to ${CRM_URL}, which is not set. Set it in the environment, '
        "or write the value into the file."
    )


def test_a_variable_that_may_be_unset_gives_nothing() -> None:
    assert resolve("${CHAT}", {}) is None
    assert unset("${CHAT} ${OTHER}", {"OTHER": "x"}) == ["CHAT"]
    assert resolve("${CHAT}", {"CHAT": "https://chat"}) == "https://chat"
