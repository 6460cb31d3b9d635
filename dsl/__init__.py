"""The Nurture language: text in, checked journeys and plans out. Pure: no clock, network or database."""
