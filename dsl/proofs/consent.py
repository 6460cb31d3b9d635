"""Consent: what stands between a marketing email and a contact who did not agree to get any."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.proofs.subject import Journey

BUILT_IN = "the consent “Marketing”, which the runtime asks for at the moment of dispatch"


@dataclass(frozen=True, slots=True)
class Consent:
    """How many sends need consent, how many are service messages, and what asks for it, each in words."""

    marketing: int
    service: int
    by: tuple[str, ...]


def consent(journey: Journey) -> Consent:
    """Tell what holds every marketing send of a journey back until there is consent."""
    sends = [effect for _, effect in journey.plan.sends()]
    service = sum(effect.service for effect in sends)
    policies = tuple(
        f"the consent “{name}”, which the policy “{policy.name}” requires"
        for policy in journey.definitions.policies
        for name in policy.consents
    )
    return Consent(len(sends) - service, service, (BUILT_IN, *policies))
