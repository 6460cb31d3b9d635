"""The published grammar."""

from __future__ import annotations

import re

from dsl.grammar_page import PUBLISHED, page
from dsl.tables import tables


def test_the_published_grammar_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == page(), "run: python -m dsl.grammar_page"


def test_it_holds_every_word_of_the_language_and_names_only_rules_that_it_has() -> None:
    text = "\n".join(re.findall(r"^```ebnf\n(.*?)^```$", page(), re.MULTILINE | re.DOTALL))
    quoted = {word for word in re.findall(r'"([^"]+)"', text) if word.isalpha()}
    assert quoted == {*tables().words, *tables("scenario").words}
    rules = set(re.findall(r"^(\w+) +::=", text, re.MULTILINE))
    used = set(re.findall(r"\w+", re.sub(r'"[^"]*"', "", text)))
    assert used - rules == {"STRING", "NUMERAL", "CLOCK", "REF", "NAME"}
