"""What the business means: standard library only, no clock, no environment, no network."""
