"""Following: what a deploy tells of the people who have moved to the new version with it."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.store.moving import Move, Outlook

Followed = Sequence[tuple[Move, Outlook]]


def followed_json(followed: Followed) -> list[dict[str, object]]:
    """Return it as data."""
    return [
        {
            "migration": one.id,
            "journey": one.journey,
            "moved": outlook.moved,
            "busy": outlook.busy,
            "stay": outlook.stay.total(),
        }
        for one, outlook in followed
    ]


def tell_followed(followed: Followed) -> None:
    """Print it."""
    for one, outlook in followed:
        said = [f"{outlook.moved:,} inside “{one.journey}” moved to the new version (migration {one.id})"]
        if outlook.busy:
            said.append(f"{outlook.busy:,} follow when they have done what is under way")
        if outlook.stay:
            said.append(f"{outlook.stay.total():,} finish the old one")
        print(f"{', '.join(said)}.")
