"""Scenarios, played: on the simulator alone, in virtual time, with the emails really written.

`playing` lets a script happen and keeps what came of it; `judging` says of each expectation whether it is so;
`telling` says of one that is not what happened instead; `covering` says what of the journeys was reached.
"""
