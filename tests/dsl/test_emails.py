"""Emails: front matter, versions, merge fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsl
from dsl import templates
from dsl.catalog import Catalog
from dsl.diagnostics import Report
from tests.dsl.workspaces import HEAD, email, workspace


def found(data: bytes, name: str = "emails/x.md", **more: bytes) -> list[tuple[str, int, str]]:
    return [
        (d.code, d.span.line, d.excerpt[d.span.start - 1 : d.span.end - 1])
        for d in dsl.check_workspace(workspace(**{name: data, **more}))
    ]


def test_versions_of_a_name_are_one_email() -> None:
    case = dsl.compile_workspace(workspace()).emails["Case"]
    assert case.default.path == "emails/case.md"
    assert list(case.versions) == ["Fintech"]
    assert len(case.content_hash) == 16


def test_a_link_is_named_by_its_title_or_its_words() -> None:
    data = email("L", '[**Read**](https://a.example) [x](https://b.example "Book") ![i](https://c.example)')
    assert dsl.compile_workspace(workspace(**{"emails/l.md": data})).emails["L"].links == ("Read", "Book")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Hi {{ contact.frist_name }}", "frist_name"),
        ("Hi {{ contact.frist_name | default: 'you' }}", "frist_name"),
        ("Hi {% if contact.frist_name %}x{% endif %}", "frist_name"),
        ("Hi {{ account.nam | upcase }}", "nam"),
        ("Hi {{ sender.nme }}", "nme"),
        ("Hi {{ contcat.title }}", "contcat"),
        ("Hi {{ first_name }}", "first_name"),
        ("Hi {{ contact }}", "contact"),
    ],
)
def test_a_merge_field_that_does_not_exist_is_found(text: str, wrong: str) -> None:
    assert found(email("X", text)) == [("N604", 6, wrong)]


def test_merge_fields_of_the_subject_are_looked_at() -> None:
    assert found(email("X", subject='"Hi {{ contact.titel }}"')) == [("N604", 4, "titel")]


@pytest.mark.parametrize(
    "text",
    [
        "{{ contact.email }} {{ contact.title | default: 'x' }} {{ account.owner }} {{ sender.name }}",
        "{% assign x = contact.title %}{{ x }}{% for i in (1..3) %}{{ i }}{% endfor %}",
        "no merge field at all, but a } and a {",
    ],
)
def test_merge_fields_that_exist_are_fine(text: str) -> None:
    assert found(email("X", text)) == []


_PIECES = st.sampled_from(
    [
        *(
            "{{ contact.title }}",
            "{{ account.nam | default: 'x' }}",
            "{{ contact.title | upcase }}",
            "{{ x.y }}",
        ),
        *("{% if contact.title %}", "{% elsif account.nam == 'x' and contact.email contains \"y\" %}"),
        *("{% else %}", "{% endif %}", "{% unless trigger.form %}", "{% endunless %}", "text", "{{", "%}"),
        *(
            "{% assign z = contact.title %}",
            "{{ true }}",
            "{%- if 5 < account.employees -%}",
            "{{contact.frist_name}}",
        ),
    ]
)


@given(st.lists(_PIECES, max_size=8).map(" ".join))
def test_the_quick_look_at_a_template_finds_what_the_parser_finds(text: str) -> None:
    quick = templates._simple(text)
    if quick is None:
        return
    report = Report({"x": text.split("\n")})
    parsed = templates._analyse("x", text, 0, Catalog(report), 0)
    assert parsed is not None, report.found
    assert sorted((u.path, u.index) for u in quick) == sorted((u.path, u.index) for u in parsed)


@pytest.mark.parametrize(
    "text", ["{{ contact.title", "{% if contact.title %}", "{{ contact.title | nofilter }}", "{% x %}"]
)
def test_a_template_that_does_not_parse_is_reported(text: str) -> None:
    assert [code for code, *_ in found(email("X", text))] == ["N603"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Hello", "N601"),
        (b"---\nname: \xff\n---\n", "N601"),
        (b"---\nname: [\n---\n", "N602"),
        (b"---\n- a\n---\n", "N602"),
        (b"---\nname: X\nclass: marketing\n---\n", "N602"),
        (b"---\nname: X\nclass: spam\nsubject: a\n---\n", "N602"),
        (b"---\nname: X\nclass: marketing\nsubjct: a\n---\n", "N602"),
        (b"---\nname: X\nclass: marketing\nsubject: 5\n---\n", "N602"),
        (email("X", version="A"), "N605"),
        (email("News"), "N606"),
    ],
)
def test_bad_front_matter_is_reported_once(data: bytes, code: str) -> None:
    assert [c for c, *_ in found(data)] == [code]


@pytest.mark.parametrize(
    ("row", "mended"),
    [
        ("name: What is due: 120 days", 'name: "What is due: 120 days"'),
        ("subject: {{ contact.first_name }}: hello ", 'subject: "{{ contact.first_name }}: hello" '),
        ("preheader: [Now] or later", 'preheader: "[Now] or later"'),
        ('subject: The "new" way: it\'s here', "subject: 'The \"new\" way: it''s here'"),
        ("subject: 100%: @ home", 'subject: "100%: @ home"'),
        ("name: What is due: 120 days # a remark", None),
        ('subject: "Due": soon', None),
    ],
)
def test_a_value_that_needs_quotes_gets_them(row: str, mended: str | None) -> None:
    kept = {"name": "name: X", "class": "class: marketing", "subject": "subject: Y"} | {
        row.split(":")[0]: row
    }
    rows = ["---", *kept.values(), "---", "Hello.", ""]
    path = "emails/x.md"
    (one,) = dsl.check_workspace(workspace() | {path: "\n".join(rows).encode()})
    assert (one.code, one.span.file, one.span.line) == ("N602", path, rows.index(row) + 1)
    assert one.fix is not None
    if mended is None:
        assert not one.fix.edits
        return
    (edit,) = one.fix.edits
    assert row[: edit.span.start - 1] + edit.text + row[edit.span.end - 1 :] == mended
    assert one.fix.text == f"Put the value in quotes: {mended.strip()}"
    rows[rows.index(row)] = mended
    assert dsl.check_workspace(workspace() | {path: "\n".join(rows).encode()}) == []


def test_all_values_that_need_quotes_get_them_at_once() -> None:
    data = b"---\nname: A: b\nclass: marketing\nsubject: C: d\n---\nHello.\n"
    (one,) = dsl.check_workspace(workspace() | {"emails/x.md": data})
    assert one.fix is not None
    assert [(e.span.line, e.text) for e in one.fix.edits] == [(2, '"A: b"'), (4, '"C: d"')]


def test_versions_of_one_email_have_one_class() -> None:
    data = email("News", version="A", **{"class": "service"})
    assert [c for c, *_ in found(data)] == ["N607"]


def test_a_broken_email_is_not_also_reported_where_it_is_sent() -> None:
    journey = HEAD + '  send email "X"\n'
    files = workspace(journey, **{"emails/x.md": b"---\nname: X\nclass: marketing\n---\n"})
    assert [d.code for d in dsl.check_workspace(files)] == ["N602"]


def test_a_field_of_the_trigger_must_come_with_the_start() -> None:
    journey = HEAD + '  send email "X"\n'
    good = workspace(journey, **{"emails/x.md": email("X", "{{ trigger.form }}")})
    bad = workspace(journey, **{"emails/x.md": email("X", "{{ trigger.webinar_id }}")})
    assert [d.code for d in dsl.check_workspace(good)] == []
    assert [(d.code, d.span.file) for d in dsl.check_workspace(bad)] == [("N504", "x.journey")]


def said(data: bytes) -> list[tuple[str, int, str]]:
    """Return the findings of an email that a journey sends, with what to write."""
    files = workspace(HEAD + '  send email "X"\n', **{"emails/a.md": data})
    return [(d.code, d.span.line, d.fix.text if d.fix else "") for d in dsl.check_workspace(files)]


_FRONT = "name: X\nclass: marketing\nsubject: a\n"


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        (f"---\n{_FRONT}Hello\n", 1, "Write --- on a line of its own below line 4."),
        ("---\ntitle: X\nclass: marketing\nsubject: a\n---\nHello\n", 2, "Write name."),
        ("---\nclass: marketing\nsubject: a\n---\nHello\n", 1, "Add name: … to its front matter."),
        ("---\nname: X\ntype: service\nsubject: a\n---\nHello\n", 3, "Write class."),
        ("---\nname: X\nclass: transactional\nsubject: a\n---\nHello\n", 3, "Write: class: service"),
        ("---\nname: X\nclass = marketing\nsubject: a\n---\nHello\n", 3, "Write: class: marketing"),
        (f"---\n{_FRONT}preview_text: b\n---\nHello\n", 5, "Write preheader."),
        (f"---\n{_FRONT}cc: b\n---\nHello\n", 5, "Leave it out: an email goes to the contact."),
        (
            '---\nname: X\nclass: marketing\nsubject: "Our "best" offer"\n---\nHello\n',
            4,
            "Put the value in quotes: subject: 'Our \"best\" offer'",
        ),
    ],
)
def test_a_slip_of_the_front_matter_costs_one_message_with_what_to_write(
    text: str, line: int, fix: str
) -> None:
    ((_, number, written),) = said(text.encode())
    assert number == line
    assert written.startswith(fix)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("{{ first name }}", "Write {{ contact.first_name }}."),
        ("{{lead.First Name:default=there}}", "Write {{ contact.first_name }}."),
        (
            "{{ contact.shoe size }}",
            "Write {{ contact.shoe_size }}, and declare it: field shoe_size is text.",
        ),
        ('{{ contact.title | default "you" }}', 'Write {{ contact.title | default: "you" }}.'),
        ("{{ contact.title }", "Write {{ contact.title }}."),
        ("{% if contact.title %}you", "Write {% endif %} where it ends."),
        ("{% if contact.title %}a{% endif %}{% endif %}", "Remove it."),
    ],
)
def test_a_slip_of_a_template_is_told_without_its_grammar(text: str, fix: str) -> None:
    assert said(email("X", text)) == [("N603", 6, fix)]


@pytest.mark.parametrize(
    "tag",
    [
        *("*|FNAME|*", "%%FirstName%%", "{contactfield=first_name}", "{!Contact.FirstName}", "[FIRSTNAME]"),
        *("${contact.first_name}", "[[first_name]]", "{first_name}", "<<First Name>>", "%FIRSTNAME%"),
    ],
)
def test_a_tag_of_another_tool_is_seen_in_text_and_subject(tag: str) -> None:
    fix = 'Write {{ contact.first_name | default: "…" }}.'
    assert said(email("X", f"Hello {tag},")) == [("N608", 6, fix)]
    assert said(email("X", subject=f"'Hello {tag}'")) == [("N608", 4, fix)]


@pytest.mark.parametrize(
    "text", ["[NEW] Our plan", "50% off, 100%", "{{ contact.title | default: 'x' }}", "a { b"]
)
def test_plain_text_is_no_tag_of_another_tool(text: str) -> None:
    assert said(email("X", text)) == []


@pytest.mark.parametrize("target", ["", "http://", "TODO", "www.example.com", "https://"])
def test_a_link_that_leads_nowhere_is_seen(target: str) -> None:
    ((code, line, _),) = said(email("X", f"[Read]({target})"))
    assert (code, line) == ("N609", 6)


@pytest.mark.parametrize(
    "target",
    [
        *("https://example.com", "http://example.com/a?b=c", "mailto:a@example.com", "tel:+4930", "#top"),
        *("{{ sender.email }}", 'https://example.com "Title"', "https://example.com/{{ contact.title }}"),
    ],
)
def test_a_link_that_leads_somewhere_is_fine(target: str) -> None:
    assert [code for code, *_ in said(email("X", f"[Read]({target})")) if code == "N609"] == []


def test_an_email_without_a_text_is_seen() -> None:
    assert [code for code, *_ in said(email("X", ""))] == ["N610"]
