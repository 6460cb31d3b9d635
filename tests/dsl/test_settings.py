"""The settings of a workspace."""

from __future__ import annotations

import pytest

import dsl
from dsl.diagnostics import Report
from dsl.settings import read_settings
from tests.dsl.workspaces import HEAD, SETTINGS, workspace


def found(text: str) -> list[tuple[str, int, str]]:
    report = Report()
    assert read_settings(text.encode(), report) is None
    return [(d.code, d.span.line, d.message) for d in report.sorted()]


def test_settings_are_read_and_nothing_is_expanded() -> None:
    settings = read_settings(SETTINGS.encode(), Report())
    assert settings is not None
    assert settings.workspace.time_zone == "Europe/Berlin"
    assert settings.email is not None
    assert settings.email.sender == "Test <test@example.com>"
    assert settings.teams["SDR"].emails == ("sdr@example.com",)
    assert settings.sync["CRM"].url == "${CRM_URL}"


def test_a_workspace_without_settings_is_an_error() -> None:
    files = workspace()
    del files["nurture.toml"]
    assert [d.code for d in dsl.check_workspace(files)] == ["N701"]


def test_broken_settings_are_not_also_reported_where_teams_are_named() -> None:
    files = workspace(HEAD + '  notify team "Nobody" "Hello"\n', **{"nurture.toml": b"[workspace\n"})
    assert [d.code for d in dsl.check_workspace(files)] == ["N702"]


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("[workspace]\nname = \n", "N702", 2, "not TOML"),
        ("[workspace]\nname = 'A'\n", "N703", 1, "workspace.time_zone is missing"),
        ("[workspace]\nname = 'A'\ntime_zone = 'Berlin'\n", "N703", 3, 'no time zone "Berlin"'),
        (
            "[workspace]\nname = 'A'\ntimezone = 'UTC'\ntime_zone = 'UTC'\n",
            "N703",
            3,
            "Did you mean time_zone?",
        ),
        (
            "[workspace]\nname = 'A'\ntime_zone = 'UTC'\nlate_events = '3 dyas'\n",
            "N703",
            4,
            '"3 dyas" is not a length of time; write one such as "12 hours" or "3 days"',
        ),
        ("[workspace]\nname = 'A'\ntime_zone = 'UTC'\nlate_events = '1 days'\n", "N703", 4, "1 days"),
        ("[workspace]\nname = 'A'\ntime_zone = 'UTC'\n[team.'SDR']\n", "N703", 1, "Did you mean teams?"),
        (
            "[workspace]\nname = 'A'\ntime_zone = 'UTC'\n[email]\nfrom = 'a@b.example'\n"
            "reply_to = 'Ann <a@b.example>'\n",
            "N703",
            6,
            '"Ann <a@b.example>" is more than an address, and no name can stand here; write "a@b.example"',
        ),
        (
            "[workspace]\nname = 'A'\ntime_zone = 'UTC'\n[teams.\"SDR\"]\nemails = 'x'\n",
            "N703",
            5,
            "teams.SDR.emails must be a list of texts",
        ),
    ],
)
def test_a_wrong_setting_is_reported_at_its_line(text: str, code: str, line: int, words: str) -> None:
    ((got, number, message),) = found(text)
    assert got == code
    assert words in message
    assert number == line or "team" in words


def test_the_field_that_says_where_a_channel_sends_is_one_of_the_contact() -> None:
    settings = SETTINGS + 'address = "titel"\n'
    files = workspace(HEAD + '  send in-app "Tour"\n', **{"nurture.toml": settings.encode()})
    files["messages.journey"] = b'message "Tour" on in-app\n  text "Look around"\n'
    (found,) = dsl.check_workspace(files)
    assert (found.code, found.span.file) == ("N305", "messages.journey")
    assert found.message == "nurture.toml sends in-app to contact.titel, a field that does not exist."
    assert found.fix is not None
    assert found.fix.text == 'Write address = "title" there.'


def test_a_message_knows_the_field_that_its_channel_sends_to() -> None:
    settings = SETTINGS + 'address = "title"\n'
    files = workspace(HEAD + '  send in-app "Tour"\n', **{"nurture.toml": settings.encode()})
    files["messages.journey"] = b'message "Tour" on in-app\n  text "Look around"\n'
    (message,) = dsl.compile_workspace(files).definitions.messages
    assert message.address == "title"


def test_a_wrong_word_under_an_audience_is_named() -> None:
    text = SETTINGS + '[audiences."Partners"]\nurl = "${ADS}"\nallow_privat = true\n'
    assert found(text)[0][2] == (
        "There is no setting audiences.Partners.allow_privat. Did you mean allow_private?"
    )


_TASK = HEAD + '  create task "Call them" for team "SDR"\n'
_SYNC = '[sync."CRM"]\nurl = "${CRM_URL}"\n'
_TASKS = 'tasks = "${CRM_TASKS_URL}"\n'


@pytest.mark.parametrize(
    ("settings", "message", "remedy"),
    [
        (
            SETTINGS.replace(_TASKS, ""),
            "No connected system takes tasks.",
            'Add tasks = "…", the address for them, under [sync."CRM"] in nurture.toml.',
        ),
        (
            SETTINGS.replace(_SYNC + _TASKS, ""),
            "No system is connected that takes tasks.",
            'Add [sync."CRM"] with url = "…" and tasks = "…" to nurture.toml.',
        ),
        (
            SETTINGS + '[sync."Other"]\nurl = "u"\ntasks = "t"\n',
            'Both [sync."CRM"] and [sync."Other"] take tasks.',
            "Leave “tasks” out of one of them in nurture.toml.",
        ),
    ],
)
def test_a_task_needs_one_system_that_takes_it(settings: str, message: str, remedy: str) -> None:
    (one,) = dsl.check_workspace(workspace(_TASK, **{"nurture.toml": settings.encode()}))
    assert (one.code, one.span.line, one.message) == ("N306", 4, message)
    assert one.fix is not None
    assert one.fix.text == remedy


@pytest.mark.parametrize(
    "line", ['sync to "CRM"', 'call webhook "Warehouse"', 'add to audience "Retargeting"']
)
def test_a_line_that_reaches_another_system_needs_its_connection(line: str) -> None:
    settings = '[workspace]\nname = "A"\ntime_zone = "UTC"\n[teams."SDR"]\n[teams."Sales managers"]\n'
    more = {"nurture.toml": settings.encode(), "audiences.journey": b'audiences "Retargeting"\n'}
    assert [d.code for d in dsl.check_workspace(workspace(HEAD + f"  {line}\n", **more))] == ["N306"]


@pytest.mark.parametrize(
    ("row", "fix"),
    [
        ("name = Acme", 'Write: name = "Acme"'),
        ('name: "Acme"', 'Write: name = "Acme"'),
        ("name: Acme Inc", 'Write: name = "Acme Inc"'),
        ("name = “Acme”", 'Write: name = "Acme"'),
        ("name =", 'Write: name = "…"'),
        ('name = "Acme', "Close them."),
        ('name = "A"\nname = "B"', "Keep one of the two."),
        ('name = "A"\n[teams.Sales managers]', 'Write: [teams."Sales managers"]'),
        ('name = "A"\n[email', "Write: [email]"),
        ('name = "A"\nemail:', "Write: [email]"),
        ("hello there", 'Write a setting as: key = "value", and a section as: [section]'),
    ],
)
def test_a_row_that_is_no_toml_is_answered_with_the_row_that_is(row: str, fix: str) -> None:
    report = Report()
    text = f'[workspace]\ntime_zone = "UTC"\n{row}\n'
    assert read_settings(text.encode(), report) is None
    (only,) = report.found
    assert (only.code, only.span.line) == ("N702", 2 + len(row.split("\n")))
    assert only.fix is not None
    assert only.fix.text == fix


def test_a_misspelt_setting_is_not_missing_as_well() -> None:
    assert found("[workspace]\nname = 'A'\ntimezone = 'UTC'\n") == [
        ("N703", 3, "There is no setting workspace.timezone. Did you mean time_zone?")
    ]


def test_a_sender_needs_an_address() -> None:
    text = "[workspace]\nname = 'A'\ntime_zone = 'UTC'\n[email]\nfrom = '{}'\n"
    assert found(text.format("hello at acme"))[0][:2] == ("N703", 5)
    for good in ("Acme <hello@acme.example>", "hello@acme.example", "${SENDER}", "${NAME} <${MAIL}>"):
        assert read_settings(text.format(good).encode(), Report()) is not None


def test_settings_that_cannot_be_read_leave_no_handoff_without_a_team() -> None:
    handoff = '\nhandoff "AE"\n  assign to round robin\n  respond within 24 hours\n'
    files = workspace(HEAD + "  add 5 to score\n" + handoff, **{"nurture.toml": b"[workspace\n"})
    assert [d.code for d in dsl.check_workspace(files)] == ["N702"]
