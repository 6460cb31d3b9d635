"""Why: the exact reason why an email was sent to a contact, or why not, as a chain of facts.

A *case* (`case`) is all that is on record about one contact: the database, a simulation and a history bring
cases of one shape. `ask` answers from it alone. What a decision saw is not on record; it is evaluated again
on the facts as they were then (`earlier`), by the functions that decided. Where the records do not tell how
a fact was then, the answer says so.
"""

from runtime.why.answer import Answer, Answers, Place, Reason
from runtime.why.asking import ask
from runtime.why.case import Case
from runtime.why.question import Question

__all__ = ["Answer", "Answers", "Case", "Place", "Question", "Reason", "ask"]
