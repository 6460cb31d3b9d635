"""Rendering: Liquid and Markdown, with merged values that can be nothing but text."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rendering import Footer, Rendered, choose, prepare, render
from activities.templates import TemplateFailure

NOW = 1_800_000_000  # 15 January 2027
EVIL = "*Bob* <script>alert(1)</script> [x](http://evil.example) `c` # h\n\n- item\n> quote"


@dataclass(frozen=True)
class Text:
    body: str
    subject: str = "Subject"
    preheader: str | None = None


def rendered(
    body: str, *, subject: str = "Subject", footer: Footer | None = None, **contact: Any
) -> Rendered:
    return render(Text(body, subject), {"contact": contact, "account": {}}, now=NOW, footer=footer)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]


def elements(html: str) -> _Elements:
    parser = _Elements()
    parser.feed(html)
    return parser


def failure(body: str, **contact: Any) -> TemplateFailure:
    with pytest.raises(TemplateFailure) as caught:
        rendered(body, **contact)
    return caught.value


def test_an_email_has_html_and_a_readable_text_part() -> None:
    email = rendered(
        "# Hello {{ contact.first_name }}\n\nRead [our study](https://acme.example/s) *today*\nor later.\n\n"
        "- one\n- two\n  1. a\n  2. b\n\n> Good,\n> they said.\n\n---\n\n    code\n\n<https://acme.example>",
        first_name="Ann",
    )
    assert email.text == (
        "Hello Ann\n\nRead our study <https://acme.example/s> today or later.\n\n"
        "- one\n- two\n  1. a\n  2. b\n\n> Good, they said.\n\n-----\n\n    code\n\nhttps://acme.example\n"
    )
    assert ">Hello Ann</h1>" in email.html
    assert "<style>" not in email.html.split("</head>")[1]
    assert 'style="color: #1d4ed8' in email.html


def test_a_bold_link_alone_in_its_paragraph_is_a_button() -> None:
    email = rendered("**[Book a demo](https://acme.example)**\n\nor **[read on](https://acme.example)** now")
    assert email.html.count('class="button"') == 1
    assert "Book a demo <https://acme.example>" in email.text


def test_raw_html_is_shown_and_not_obeyed() -> None:
    assert "script" not in elements(rendered("<script>alert(1)</script>").html).tags


@pytest.mark.parametrize(
    "body",
    [
        "{{ contact.name }}",
        "Hello {{ contact.name }}, welcome",
        "# {{ contact.name }}",
        "- {{ contact.name }}",
        "{{ contact.name | upcase }}",
        "{{ contact.name | append: '!' }}",
        "{{ contact.name | escape }}",
        "{% assign n = contact.name %}{{ n }}",
        "{% capture n %}{{ contact.name }}{% endcapture %}{{ n }}",
        "{% echo contact.name %}",
        "{{ '*x*' | append: contact.name }}",
        "{% for n in contact.names %}{{ n }}{% endfor %}",
        "`{{ contact.name }}`",
        "[{{ contact.name }}](https://acme.example)",
        "![{{ contact.name }}](https://acme.example/i.png)",
        '[x](https://acme.example "{{ contact.name }}")',
        "[x](https://acme.example/{{ contact.name }})",
        "<https://acme.example/{{ contact.name }}>",
        "```\n{{ contact.name }}\n```",
    ],
)
def test_a_merged_value_never_changes_the_structure_of_an_email(body: str) -> None:
    tame = rendered(body, name="Bob", names=["Bob"])
    wild = rendered(body, name=EVIL, names=[EVIL])
    assert elements(wild.html).tags == elements(tame.html).tags
    assert not any("evil.example" in (link or "").split("/")[2] for link in elements(wild.html).links if link)
    assert "\\" not in wild.text


@given(st.text(max_size=60))
def test_any_text_at_all_can_be_a_name(name: str) -> None:
    body = "{% assign n = contact.name | default: 'x' %}Hi {{ n }}, see [this](https://a.example/?n={{ n }})."
    assert elements(rendered(body, name=name).html).tags == elements(rendered(body, name="Bob").html).tags


def test_a_value_in_a_code_span_or_a_link_stands_there_unescaped() -> None:
    email = rendered("`{{ contact.id }}` <https://acme.example/?c={{ contact.id }}>", id="a-1_b*")
    assert ">a-1_b*</code>" in email.html
    assert "https://acme.example/?c=a-1_b%2A" in elements(email.html).links


def test_a_value_within_a_link_is_encoded_once() -> None:
    body = "[x](https://acme.example/?a={{ contact.name }}&b={{ contact.name | url_encode }})"
    assert elements(rendered(body, name="A & B").html).links == [
        "https://acme.example/?a=A%20%26%20B&b=A+%26+B"
    ]


def test_a_field_may_be_a_whole_link_but_only_to_the_web_or_mail() -> None:
    body = "[x]({{ contact.url }})"
    assert elements(rendered(body, url="https://acme.example/a?b=c&d#e").html).links == [
        "https://acme.example/a?b=c&d#e"
    ]
    for url in ("javascript:alert(1)", "data:text/html,x", "acme.example", "//evil.example"):
        assert failure(body, url=url).code == "unsafe link"


def test_a_subject_is_one_line_of_plain_text() -> None:
    email = rendered(
        "x", subject="Hi {{ contact.name }}\nBcc: a@b.example", name="A & <B>\r\nX-Evil: 1\u2028\x00"
    )
    assert email.subject == "Hi A & <B> X-Evil: 1 Bcc: a@b.example"


def test_the_subject_written_in_the_journey_replaces_the_one_of_the_email() -> None:
    email = render(Text("x"), {"contact": {"n": "Ann"}}, now=NOW, subject="In case, {{ contact.n }}")
    assert email.subject == "In case, Ann"


def test_the_preheader_is_hidden_text() -> None:
    email = render(Text("x", preheader="For {{ contact.n }}"), {"contact": {"n": "<Ann>"}}, now=NOW)
    assert email.preheader == "For <Ann>"
    assert "For &lt;Ann&gt;</div>" in email.html


def test_marketing_mail_ends_with_the_postal_address_and_a_way_out() -> None:
    footer = Footer("Acme & Co", "1 Main Street", "mailto:u@acme.example?subject=unsubscribe-t&x=<y>")
    email = rendered("Hello", footer=footer)
    assert email.text.endswith(f"\n-- \nAcme & Co, 1 Main Street\nUnsubscribe: {footer.unsubscribe}\n")
    assert "Acme &amp; Co, 1 Main Street" in email.html
    assert footer.unsubscribe in elements(email.html).links
    assert "Unsubscribe" not in rendered("Hello").html


@pytest.mark.parametrize(
    "body",
    [
        "Hi {{ contact.first_name }}",
        "Hi {{ contact.first_name | upcase }}",
        "Hi {{ contact.first_name | append: '!' }}",
        "Hi {{ 'x' | append: contact.first_name }}",
        "{{ contact.first_name | date: '%Y' }}",
        "{{ contact.first_name | plus: 1 }}",
        "{{ 1 | plus: contact.first_name }}",
        "{% for x in contact.first_name %}{{ x }}{% endfor %}",
        "{{ account.first_name }}",
        "{{ nothing.first_name }}",
    ],
)
@pytest.mark.parametrize("empty", [{}, {"first_name": None}, {"first_name": ""}])
def test_an_empty_field_fails_visibly_where_it_is_printed(body: str, empty: dict[str, Any]) -> None:
    caught = failure(body, **empty)
    assert caught.code == caught.reason == "empty field"
    assert "first_name" in str(caught)
    assert str(caught).startswith("Line 1 ")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('Hi {{ contact.first_name | default: "there" }}', "Hi there"),
        ("{% if contact.first_name %}Hi {{ contact.first_name }}{% else %}Hello{% endif %}", "Hello"),
        ('{% if contact.first_name == "Ann" %}Hi{% else %}Hello{% endif %}', "Hello"),
        ("{% if contact.first_name == nil %}Hello{% endif %}", "Hello"),
        ("{% unless contact.first_name %}Hello{% endunless %}", "Hello"),
    ],
)
def test_an_empty_field_can_be_asked_for_and_replaced(body: str, text: str) -> None:
    assert rendered(body).text.strip() == text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{% for i in (1..5000) %}x{% endfor %}", "template limit"),
        ("{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}", "template limit"),
        ("{% for i in (1..900) %}{{ contact.long }}{% endfor %}", "template limit"),
        ("{{ contact.name | nonsense }}", "template error"),
        ("{{ contact.name | divided_by: 0 }}", "template error"),
        ("{{ contact.name | truncate: contact.name }}", "template error"),
        ("{{ contact.name | date: '%Y' }}", "template error"),
        ("{{ contact.name | base64_decode }}", "template error"),
        ("{% include 'x' %}", "template error"),
        ("{% if %}", "template error"),
        ("{{ contact[contact.name] }}", "empty field"),
        ("[x]({{ contact.name }})", "unsafe link"),
    ],
)
def test_no_failure_of_a_template_quotes_a_value(body: str, code: str) -> None:
    caught = failure(body, name="Secret Person", long="x" * 500)
    assert caught.code == code
    told = f"{caught} {caught.reason} {caught.outcome()} {caught.__cause__} {caught.outcome().detail}"
    assert "Secret" not in told


def test_an_email_without_a_subject_is_not_sent() -> None:
    with pytest.raises(TemplateFailure) as caught:
        rendered("x", subject="{% if contact.x %}y{% endif %} ")
    assert caught.value.code == "empty subject"


def test_a_mistake_in_a_template_is_found_when_it_is_prepared() -> None:
    prepare(Text("Hi {{ contact.first_name }}"))
    with pytest.raises(TemplateFailure):
        prepare(Text("{% if %}"))


def test_today_in_an_email_is_the_logical_time_of_the_run() -> None:
    assert rendered('{{ "now" | date: "%d %B %Y" }}').text == "15 January 2027\n"
    assert rendered('{{ contact.d | date: "%d.%m." }}', d="2026-03-01").text == "01.03.\n"
    assert rendered('{{ contact.d | date: "%H:%M" }}', d=60).text == "00:01\n"


def test_characters_that_stand_for_values_cannot_be_forged() -> None:
    email = rendered("a\U000f0000b {{ contact.name }}", name="x\U000f0000y")
    assert email.text == "ab xy\n"


def test_direction_overrides_are_removed_from_values() -> None:
    assert rendered("{{ contact.name }}", name="Ann\u202eeoD").text == "Ann eoD\n"


@pytest.mark.parametrize(
    ("value", "version"), [("Software", "software"), ("Fintech", "default"), (None, "default"), (7, "seven")]
)
def test_the_version_is_named_by_the_value_of_the_field(value: object, version: str) -> None:
    default, software, seven = Text("default"), Text("software"), Text("seven")
    assert choose(default, {"Software": software, "7": seven}, value).body == version
