"""What made workspaces are written with: declared names, and lines of every construct."""

from __future__ import annotations

from typing import Any

DEFINITIONS = """
fields of contact
  field title is text
  field industry is choice of ("Software", "Fintech", "Other")
  field setup_complete is yes or no
  field seats is number
  field renewal is date
  field demo_starts is date and time
  field demo_ends is date and time
  field phone is text
  field owner is text
  field interests is list of ("Mail", "Forms")
fields of account
  field name is text
  field employees is number
  field owner is text
  field signed is date
event "Ping"
  field n is number
  field word is text
event "Pong"
event "Stop"
event "Registered"
  field webinar is text, key
  field starts_at is date and time
  field minutes is number
event "Moved"
  field webinar is text, key
  field starts_at is date and time
  field minutes is number
event "Signed" of account
  field on is date
forms "Whitepaper", "Demo request"
assets "Case study"
webinars "Product tour"
meetings "Demo"
tags "hot", "cold"
stages "Known", "MQL", "Customer"
consents "News"
audiences "Retargeting"
list "Guests" of contacts
list "Rivals" of ("rival.example", "people.example.com")
list "Titles" of ("Head of IT", "Clerk")
message "Tour" on in-app
  text "Look around, {{ contact.first_name }}"
message "Code" on in-app, service
  text "Your code"
message "Soon" on sms
  text "See you soon"
message "Hi" on chat
  text "Hi"
message "Card" on direct mail
  text "A card"
message "How was it" on survey
  text "How was it?"
segment "Managers"
  contact.title contains "head"
segment "Warm ones"
  score is at least 20
  contact has no tag "cold"
segment "Large"
  account.employees is more than 200
segment "Visitors"
  contact has visited page "/pricing" ever
segment "Nested"
  (contact is in segment "Managers" or contact is in segment "Warm ones")
  contact.email is set
"""

ENGAGEMENT = ("contact clicks any email", "contact visits any page", "contact submits any form")

SCORING = (
    """
scoring "Lead score"
  add 25 when contact visits page "/pricing"
  subtract 10 when contact does "Ping" where event.n is less than 3
  threshold "MQL" at 30
""",
    """
scoring "Lead score"
  fit
    add 20 if account.employees is between 200 and 5000
    subtract 5 if contact.title is empty
    add 7 if contact has tag "hot"
    add 4 if contact.renewal is in the next 10 days
  engagement, halved every 3 days
    add 25 when contact visits page "/pricing", at most 50 a day
    add 10 when contact clicks any email
  threshold "MQL" at 30
""",
    """
scoring "Lead score"
  fit
    add 15 if contact is in stage "Known"
  engagement, halved every 1 day
    add 12.5 when contact visits page "/pricing", at most 25 a day
    add 10 when contact does "Pong"
  threshold "MQL" at 30
""",
)

BUSINESS = (
    "business hours weekdays 09:00 to 17:00",
    'business hours monday to thursday 08:30 to 17:30 and friday 08:30 to 15:00, except holidays "Feasts"',
    'business hours every day 22:00 to 03:00, except holidays "Feasts"',
)
HOLIDAYS = """
holidays "Feasts"
  closed on 1 january
  closed on 24 december to 26 december
  closed on 29 february 2044 to 1 march 2044
  closed on 31 march 2041
  closed on 1 november
"""

HANDOFFS = (
    """
handoff "SDR"
  assign to round robin
  notify team "SDR"
  respond within 24 hours, high priority within 2 hours
  escalate to team "Sales managers" when overdue
""",
    """
handoff "SDR"
  assign to account.owner, otherwise territory by contact.industry, otherwise round robin
  notify team "SDR"
  respond within 6 business hours
  remind at half time
  escalate to team "Sales managers" when overdue
  reject only as ("No budget", "Wrong person")
""",
    """
handoff "SDR"
  assign to contact.owner
  notify team "SDR"
  respond within 2 business days
  remind at half time
""",
)

POLICY_LINES = (
    'require consent "News"',
    "allow at most 1 email in any 2 days, otherwise hold up to 3 days",
    "allow at most 2 emails in any 36 hours, otherwise skip",
    "allow at most 2 emails in a calendar day, otherwise skip",
    "allow at most 1 email in a calendar day, otherwise hold up to 2 days",
    "allow at most 3 emails in a calendar week, otherwise hold up to 8 days",
    "hold between 20:00 and 08:00 contact time",
    'hold between 01:30 and 02:30 "Europe/Berlin" time',
    'hold for 2 days after contact does "Pong"',
    'hold for 3 hours after contact visits page "/pricing"',
    "skip while account has an open opportunity",
    'skip while contact has tag "cold"',
)

EMAILS = {
    "news": "---\nname: News\nclass: marketing\nsubject: News\n---\nHello {{ contact.first_name }}.\n",
    "offer": "---\nname: Offer\nclass: marketing\nsubject: Offer\n---\n"
    "[Yes](https://example.com/yes) or [No](https://example.com/no)\n",
    "case": "---\nname: Case\nclass: marketing\nsubject: Case\n---\nA case.\n",
    "case-fintech": "---\nname: Case\nclass: marketing\nsubject: Case\nversion: Fintech\n---\nA case.\n",
    "receipt": "---\nname: Receipt\nclass: service\nsubject: Receipt\n---\nThank you.\n",
}

Said = tuple[str, str, tuple[dict[str, Any], ...]]
"""An event as a journey says it, its name, and the properties of such events; the first ones match."""

_STARTS = {"starts_at": "+3d", "minutes": 30}

EVENTS: tuple[Said, ...] = (
    ('contact submits form "Demo request"', "Form Submitted", ({"form": "Demo request"},)),
    ("contact submits any form", "Form Submitted", ({"form": "Whitepaper"}, {"form": "Demo request"})),
    ('contact visits page "/pricing"', "Page Viewed", ({"page": "/pricing"}, {"page": "/careers"})),
    ('contact clicks email "News"', "Email Clicked", ({"email": "News"}, {"email": "Offer"})),
    ("contact clicks any email", "Email Clicked", ({"email": "News"}, {"email": "Case"})),
    (
        'contact clicks link "Yes" in email "Offer"',
        "Email Clicked",
        ({"email": "Offer", "link": "Yes"}, {"email": "Offer", "link": "No"}),
    ),
    ('contact opens email "News"', "Email Opened", ({"email": "News"},)),
    ("contact replies to any email", "Email Replied", ({"email": "Case"},)),
    ('contact downloads asset "Case study"', "Asset Downloaded", ({"asset": "Case study"},)),
    ('contact attends webinar "Product tour"', "Attended", ({"webinar": "Product tour"},)),
    (
        'contact books meeting "Demo"',
        "Meeting Booked",
        ({"meeting": "Demo", "starts_at": "+3d", "ends_at": "+3.04d"},),
    ),
    ('contact does "Ping"', "Ping", ({"n": 7, "word": "a"}, {"n": 2})),
    (
        'contact does "Ping" where event.n is at least 5',
        "Ping",
        ({"n": 5, "word": "b"}, {"n": 4}, {"word": "c"}),
    ),
    (
        'contact does "Ping" where (event.n is between 2 and 6 or event.word is "a")',
        "Ping",
        ({"n": 3}, {"n": 9, "word": "a"}, {"n": 9}),
    ),
    ('contact does "Pong"', "Pong", ({},)),
    ('contact does "Stop"', "Stop", ({},)),
    (
        'contact does "Registered" where event.minutes is at least 10',
        "Registered",
        ({"webinar": "w1", **_STARTS}, {"webinar": "w2", **_STARTS, "minutes": 5}),
    ),
    ("contact unsubscribes", "Unsubscribed", ({},)),
    ("any email bounces", "Email Bounced", ({"email": "News", "kind": "hard"},)),
    ('contact does "Complained"', "Complained", ({},)),
    ('contact does "Handoff Accepted"', "Handoff Accepted", ({},)),
    (
        'contact does "Handoff Rejected"',
        "Handoff Rejected",
        ({"reason": "No budget"}, {"reason": "Student"}),
    ),
    ('contact reaches stage "MQL"', "Ping", ({"n": 7},)),
    ("score reaches 30", "Page Viewed", ({"page": "/pricing"},)),
    ('score reaches "MQL"', "Page Viewed", ({"page": "/pricing"},)),
    ('contact enters segment "Warm ones"', "Page Viewed", ({"page": "/pricing"},)),
    ('contact leaves segment "Warm ones"', "Ping", ({"n": 1},)),
    ('contact enters segment "Nested"', "Page Viewed", ({"page": "/pricing"},)),
    ('account enters segment "Large"', "Signed", ({"on": "2041-06-01"},)),
    ('account does "Signed"', "Signed", ({"on": "2041-06-01"},)),
    ('account does "Opportunity Opened"', "Opportunity Opened", ({"opportunity": "o1"},)),
    ('account does "Opportunity Closed"', "Opportunity Closed", ({"opportunity": "o1"},)),
)

OF_ACCOUNT = ("Signed", "Opportunity Opened", "Opportunity Closed")

NOISE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Page Viewed", {"page": "/pricing"}),
    ("Email Clicked", {"email": "News"}),
    ("Email Opened", {"email": "News"}),
    ("Pong", {}),
    ("Ping", {"n": 6, "word": "a"}),
    ("Unsubscribed", {}),
    ("Opportunity Opened", {"opportunity": "o1"}),
    ("Opportunity Closed", {"opportunity": "o1"}),
    ("Opportunity Opened", {"opportunity": "o2"}),
    ("Handoff Accepted", {}),
    ("Handoff Rejected", {"reason": "No budget"}),
    ("Handoff Rejected", {"reason": "Student"}),
    ("Form Submitted", {"form": "Demo request"}),
)

# Facts that an event or a change makes true: they may be watched.
WATCHED = (
    "score is at least 20",
    'score is at least "MQL"',
    "score is between 10 and 40",
    'contact.industry is "Software"',
    'contact.title contains "IT"',
    "contact.title is set",
    "contact.seats is more than 3",
    "contact.setup_complete is yes",
    'contact has tag "hot"',
    'contact has no tag "cold"',
    'contact is in stage "MQL"',
    'contact is not in stage "Known"',
    'contact is in segment "Managers"',
    'contact is not in segment "Warm ones"',
    'contact is in list "Guests"',
    'contact has consent "News"',
    "contact is suppressed",
    "contact is not suppressed",
    "account has an open opportunity",
    "account has no open opportunity",
    "account.employees is at least 300",
    'contact has done "Ping" ever',
    'contact has visited page "/pricing" at least 2 times ever',
    'contact has clicked email "News" ever',
    '(contact has done "Registered" ever where event.minutes is at least 10)',
    "contact has engaged ever",
    "at least 2 contacts of account have engaged ever",
    'at least 1 contact of account has visited page "/pricing" ever',
)
PAUSES = (
    "account has an open opportunity",
    'contact has tag "hot"',
    'contact is in stage "Customer"',
    "contact.seats is more than 3",
    "score is at least 50",
)
FACTS = (
    *WATCHED,
    "score is less than 10",
    'contact.industry is not one of ("Software", "Fintech")',
    'contact.title is one of ("Head of IT", "Clerk")',
    'contact.title starts with "Head"',
    'contact.email ends with "example.com"',
    'contact.email_domain is in list "Rivals"',
    'contact.title is in list "Titles"',
    'contact.title is not in list "Titles"',
    "contact.title is account.name",
    "contact.industry is empty",
    "contact.setup_complete is no",
    'contact.interests contains "Mail"',
    "contact.renewal is in the next 10 days",
    "contact.renewal is in the last 2 weeks",
    "contact.renewal is more than 3 days ago",
    "contact.renewal is before 1 april 2041",
    "contact.renewal is after today",
    "contact.renewal is not 29 february 2044",
    "contact.demo_starts is after today",
    "contact.demo_starts is in the next 36 hours",
    "account.signed is before today",
    'contact has visited page "/pricing" in the last 2 days',
    'contact has not visited page "/pricing" at least 2 times in the last 48 hours',
    '(contact has not done "Registered" at least 2 times ever where event.minutes is at least 10)',
    '(contact has done "Ping" since the start where event.n is at least 5)',
    'contact has attended webinar "Product tour" ever',
    'contact has booked meeting "Demo" ever',
    'contact has downloaded asset "Case study" since the start',
    "contact has submitted any form in the last 3 days",
    "contact has replied to any email ever",
    'contact has been sent email "Receipt" ever',
    'contact has not been sent email "News" in the last 5 days',
    'contact has opened email "News" in the last 10 days',
    'contact has not clicked email "News" in the last 3 days',
    "contact has not engaged in the last 3 days",
    "contact has engaged in the last 30 hours",
    'no contact of account has visited page "/pricing" in the last 4 days',
    "at least 2 contacts of account have engaged in the last 30 days",
)

INNER = (
    "add 10 to score",
    "add 2.5 to score",
    "subtract 15 from score",
    'add tag "hot"',
    'add tag "cold"',
    'remove tag "hot"',
    'set stage to "Known"',
    'set stage to "MQL"',
    'set stage to "Customer"',
    'set contact.title to "Head of IT"',
    "set contact.title to account.name",
    "set contact.title to empty",
    "set contact.seats to 5",
    "set contact.setup_complete to yes",
    "set contact.renewal to 2 april 2041",
    "set contact.renewal to 29 february 2044",
    "set contact.renewal to account.signed",
    "set contact.renewal to empty",
    "set contact.demo_ends to contact.demo_starts",
    "set account.employees to 400",
    "set account.employees to 10",
    'add to list "Guests"',
    'remove from list "Guests"',
    'grant consent "News"',
    'withdraw consent "News"',
    'withdraw consent "Marketing"',
    'grant consent "Marketing"',
    'suppress contact because "Dormant"',
    "lift suppression",
    'hand off to "SDR"',
    'hand off to "SDR", high priority',
    'todo "Think of something"',
)
OUTER = (
    'send email "News"',
    'send email "News"',
    'send email "Offer"',
    'send email "Offer", subject "Again, {{ contact.first_name }}", even outside sending hours',
    'send email "Case", version by contact.industry',
    'send email "News", from account.owner, high priority',
    'send email "Case", from contact.owner, calendar from contact.demo_starts to contact.demo_ends',
    'send service email "Receipt"',
    'send service email "Receipt", even outside sending hours',
    'send in-app "Tour"',
    'send service in-app "Code", even outside sending hours',
    'send sms "Soon"',
    'send chat "Hi"',
    'send direct mail "Card"',
    'send survey "How was it"',
    'notify team "SDR" "Look"',
    'notify team "SDR" "Look at once", high priority',
    'sync to "CRM"',
    'call webhook "Warehouse"',
    'add to audience "Retargeting"',
    'remove from audience "Retargeting"',
    'create task "Call" for team "SDR"',
    'create task "Call them" for contact.owner',
)
# What a run of an account may do that has no contact.
OF_ACCOUNT_ALONE = (
    'notify team "SDR" "Look at them"',
    'create task "Look into it" for team "SDR"',
    "set account.employees to 400",
    "set account.employees to 10",
)
ACCOUNT_FACTS = (
    "account.employees is at least 300",
    "account has an open opportunity",
    "account.signed is before today",
    "at least 2 contacts of account have engaged in the last 30 days",
    'no contact of account has visited page "/pricing" in the last 4 days',
)

DURATIONS = (
    "1 minute",
    "45 minutes",
    "1 hour",
    "24 hours",
    "1 day",
    "2 days",
    "3 days",
    "1 week",
)
WAITS = (
    *(f"wait {length}" for length in DURATIONS),
    "wait 2 business days",
    "wait 1 business day until 09:00",
    "wait 4 business hours",
    "wait 9 business hours",
    "wait 2 days until 02:30",
    "wait 1 week until 09:00",
    "wait until 02:30",
    "wait until 09:00",
    "wait until 00:00",
    "wait until sunday 02:30",
    "wait until tuesday 10:00",
    "wait until 31 march 2041 02:30",
    "wait until 1 march 2044",
    "wait until 1 april 09:00",
    "wait until contact.renewal",
    "wait until contact.renewal 02:30",
    "wait until 3 days before contact.renewal 10:00",
    "wait until 1 day after account.signed",
    "wait until 90 minutes before contact.demo_starts",
)

HOURS = (
    "sending hours weekdays 09:00 to 17:00 contact time",
    'sending hours weekdays 09:00 to 17:00 contact time, except holidays "Feasts"',
    'sending hours monday to thursday 09:00 to 17:30 and friday 09:00 to 14:00 "Europe/Berlin" time',
    "sending hours every day 22:00 to 02:30 contact time",
    'sending hours weekends 01:00 to 03:00 "America/New_York" time',
    "sending hours every day 02:00 to 03:00 contact time",
)
LIMITS = (
    "allow at most 1 email in any 2 days, otherwise hold up to 3 days",
    "allow at most 2 emails in any 7 days, otherwise skip",
    "allow at most 1 email in a calendar day, otherwise hold up to 2 days",
    "allow at most 2 emails in a calendar week, otherwise skip",
)

DATED = (
    "2 months before contact.renewal",
    "1 month before contact.renewal 02:30",
    "7 days before contact.renewal 10:00",
    "2 days before contact.renewal",
    "1 day before contact.renewal 02:30",
    "at contact.renewal",
    "at contact.renewal 10:00",
    "1 day after contact.renewal",
    "1 month after contact.renewal 09:00",
    "1 hour before contact.demo_starts",
    "90 minutes after contact.demo_starts",
    "at account.signed 08:00",
    "1 week after account.signed",
)
OF_TRIGGER = (
    "2 days before trigger.starts_at",
    "1 hour before trigger.starts_at",
    "at trigger.starts_at",
    "1 day after trigger.starts_at 10:00",
)

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Asia/Tokyo",
    "Mars/Olympus",
    None,
)
