"""`nurture import`: what goes in, what is refused and kept aside, and what a dry run says."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

CONTACT = "cnt_000003"
CRM = """\ufeffContact ID;E-Mail;Vorname;Land;Faxnummer
n1;n1@example.com;Zoë;DE;=1+1
n2;no address;Bo;FR;
n1;other@example.com;Cy;DE;
n3;n3@example.com;"Dee;DE;
;n4@example.com;Eve;DE;
n1;n1@example.com;Zoë;DE;=1+1
n5;n5@example.com;Fay;DE;1
""".replace("\n", "\r\n")
MAP = (
    "--map",
    "Contact ID=id",
    "--map",
    "E-Mail=email",
    "--map",
    "Vorname=first_name",
    "--map",
    "Land=country",
)


def test_a_file_of_another_system_goes_in_by_a_map(nurture: Run, database: str, tmp_path: Path) -> None:
    file = tmp_path / "crm.csv"
    file.write_text(CRM, "utf-8", newline="")
    dry = nurture("import", "contacts", file, *MAP, "--dry-run")
    assert (dry.code, nurture("show", "n1").code) == (1, 2)
    assert dry.out.splitlines()[0] == (f"Would import 3 contacts from {file}: 2 new, 0 changed, 1 unchanged.")
    assert "Nothing was changed." in dry.out
    assert dry.err == (
        "nurture: Left out, for no field has their name: “Faxnummer”. "
        "Name one with --map 'Faxnummer=FIELD'.\n"
    )
    ran = nurture("import", "contacts", file, *MAP)
    assert ran.code == 1
    aside = tmp_path / "crm.rejected.csv"
    assert ran.out.splitlines() == [
        f"Imported 3 contacts from {file}: 2 new, 0 changed, 1 unchanged.",
        f"Refused 4 rows, kept aside in {aside}:",
        '  line 3: Email of contact n2 is an address, not "no address".',
        "  line 4: The id n1 stands in line 2 already, with other values.",
        "  line 5: Opens a quote and does not close it. Write a quote inside a value twice.",
        "  line 6: It has no id.",
    ]
    assert nurture("show", "n1@example.com", "--format", "json").json["name"] == "Zoë"
    # The rows that were refused are mended and brought in from where they were kept.
    text = aside.read_text("utf-8-sig")
    assert text.splitlines()[0] == "rejected_line;rejected_because;Contact ID;E-Mail;Vorname;Land;Faxnummer"
    mended = [line for line in text.splitlines(keepends=True) if "n2" in line or "Contact ID" in line]
    aside.write_text("".join(mended).replace("no address", "n2@example.com"), "utf-8")
    again = nurture("import", "contacts", aside, *MAP, "--format", "json")
    assert (again.code, again.json["new"], again.json["left_out"]) == (0, 1, ["Faxnummer"])
    done = nurture("import", "contacts", file, *MAP, "--format", "json").json
    assert [done[key] for key in ("new", "changed", "unchanged", "refused")] == [0, 0, 3, 4]
    assert done["rejects"][0]["line"] == 3


def test_what_goes_in_and_should_be_looked_at_is_told_by_line(
    nurture: Run, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(
        f"id,email,time_zone\nn1,n1@example.com,Mars/Phobos\nn2,{CONTACT}@example.net,\nn3,N1@example.com,\n"
        "n4,notanaddress,\n",
        "utf-8",
    )
    ran = nurture("import", "contacts", file, "--dry-run", "--format", "json")
    assert (ran.json["noted"], [one["line"] for one in ran.json["notes"]]) == (3, [2, 3, 4])
    ran = nurture("import", "contacts", file)
    assert (ran.code, ran.out.splitlines()) == (
        1,
        [
            f"Imported 3 contacts from {file}: 3 new, 0 changed, 0 unchanged.",
            "Look at 3 rows that went in:",
            "  line 2: “Mars/Phobos” is not a time zone and was left out; without one, Europe/Berlin counts. "
            "Write a name such as America/New_York.",
            f"  line 3: Contact n2 has the address of contact {CONTACT}. If they are one person: "
            f"`nurture merge n2 {CONTACT}`.",
            "  line 4: Contact n3 has the address of contact n1. If they are one person: "
            "`nurture merge n3 n1`.",
            f"Refused 1 row, kept aside in {tmp_path / 'odd.rejected.csv'}:",
            '  line 5: Email of contact n4 is an address, not "notanaddress".',
        ],
    )
    assert nurture("merge", "n3", "n1").code == 0


def test_what_changes_is_told_by_field(nurture: Run, database: str, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(f"id,title,country\n{CONTACT},CIO,\nnew,,DE\n", "utf-8")
    ran = nurture("import", "contacts", file)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [f"Imported 2 contacts from {file}: 1 new, 1 changed, 0 unchanged.", "Changed: title of 1."],
    )
    assert not (tmp_path / "more.rejected.csv").exists()


def test_events_start_journeys_and_old_ones_are_sent_elsewhere(
    nurture: Run, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "touches.csv"
    file.write_text(
        "lead,what,when\n"
        f"{CONTACT},Whitepaper,\n"
        f"{CONTACT}@example.net,Whitepaper,2020-01-01\n"
        f"nobody,Whitepaper,2020-01-01\n",
        "utf-8",
    )
    named = ("--map", "lead=contact", "--map", "what=form", "--map", "when=at")
    ran = nurture("import", "events", file, *named)
    assert ran.err == (
        f"nurture: {file} has no column `event` in its first line. Say which: --map 'CSV column=event'.\n"
    )
    ran = nurture("import", "events", file, *named, "--event", "Form Submitted")
    assert ran.code == 1
    assert "line 2: An event needs an id, or when it happened" in ran.out
    assert "more than 7. Bring the past on record with `nurture backfill`" in ran.out
    assert "line 4: There is no contact nobody." in ran.out
    file.write_text(f"contact,event,form,id,at\n{CONTACT},Form Submitted,Whitepaper,m1,\n", "utf-8")
    ran = nurture("import", "events", file)
    assert ran.out.splitlines() == [
        f"Imported 1 event from {file}: 1 new, 0 on record already.",
        "They started 1 run.",
    ]
    assert nurture("import", "events", file).out == (
        f"Imported 1 event from {file}: 0 new, 1 on record already.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("contacts", "none.csv"), "There is no file none.csv."),
        (("contacts", "c.csv", "--map", "Id=id"), "has no column “Id”. Did you mean “id”?"),
        (("contacts", "c.csv", "--encoding", "klingon"), "There is no encoding klingon."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    nurture: Run, database: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "c.csv").write_text("id\nc1\n", "utf-8")
    ran = nurture("import", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_dry_run_begins_no_database(nurture: Run, workspace: Callable[..., Path], tmp_path: Path) -> None:
    ran = nurture(
        "import", "accounts", EXAMPLE / "sample" / "accounts.csv", "--workspace", EXAMPLE, "--dry-run"
    )
    assert ran.code == 2
    assert "There is no database" in ran.err


def test_memory_does_not_grow_with_the_file(nurture: Run, database: str, tmp_path: Path) -> None:
    """All of them are there after the first time, so what is measured is reading and judging."""

    def peak(rows: int) -> int:
        file = tmp_path / f"{rows}.csv"
        with file.open("w") as stream:
            stream.write("id,title\n")
            stream.writelines(f"{CONTACT},{'x' * 200}{n}\n" for n in range(rows))
        tracemalloc.start()
        try:
            assert (
                nurture("import", "contacts", file, "--dry-run", "--format", "json").json["refused"]
                == rows - 1
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(8_000) - peak(1_000) < 1_000_000


def test_a_row_of_events_that_goes_in_and_may_be_a_slip_is_told_by_its_line(
    nurture: Run, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "events.csv"
    rows = [
        f"e1,{CONTACT},Form Submitted,2026-03-01T10:00:00Z,Demo requst,",
        f"e2,{CONTACT},Email Bounced,2026-03-01T11:00:00Z,,",
        f"e3,{CONTACT},Email Bounced,2026-03-01T12:00:00Z,,bouncy",
    ]
    file.write_text("\n".join(["id,contact,event,at,form,kind", *rows, ""]))
    slip = "  line 2: Nothing that is published names the form “Demo requst”. Did you mean “Demo request”?"
    for command in (["import", "events", file, "--late", "40000"], ["backfill", file]):
        dry = nurture(*command, "--dry-run")
        assert dry.code == 1
        assert slip in dry.out.splitlines()
        assert any("that would go in:" in row for row in dry.out.splitlines())
        assert '  line 4: Kind of event "Email Bounced" is hard or soft, not "bouncy".' in dry.out
    told = nurture("import", "events", file, "--late", "40000", "--format", "json").json
    assert [one["line"] for one in told["notes"]] == [2, 3]
    assert told["notes"][1]["note"] == "It has no `kind`, hard or soft, so the contact is not suppressed."
    file.write_text(file.read_text().replace("\ne", "\npast"))
    past = nurture("backfill", file, "--format", "json").json
    assert past["notes"] == told["notes"]


def test_a_cell_that_is_told_moves_no_cursor(nurture: Run, database: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text('id,email\nn1,"a@b.example\n\x1b[2JBcc: c"\n', "utf-8", newline="")
    told = nurture("import", "contacts", file).out
    assert 'Email of contact n1 is an address, not "a@b.example [2JBcc: c".' in told
