"""What the platform's admins are told of a connection."""

from dataclasses import replace

import pytest

from referral_hubspot.domain.bindings import BindingChange, BindingImage, BindingStep

EU = BindingImage(1, "Acme EU", "connected")
US = BindingImage(2, "Acme US", "connected")
LOST = replace(EU, state="lost", reason="connection_lost")
REMOVED = replace(EU, state="removed", reason="disconnected")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, EU, [(BindingStep.ESTABLISHED, EU)]),
        (EU, EU, []),
        (EU, LOST, [(BindingStep.LOST, LOST)]),
        (LOST, LOST, []),
        (LOST, EU, [(BindingStep.ESTABLISHED, EU)]),
        (EU, REMOVED, [(BindingStep.REMOVED, REMOVED)]),
        (LOST, REMOVED, [(BindingStep.REMOVED, REMOVED)]),
        (REMOVED, EU, [(BindingStep.ESTABLISHED, EU)]),
        (REMOVED, US, [(BindingStep.ESTABLISHED, US)]),
        (EU, US, [(BindingStep.REMOVED, EU), (BindingStep.ESTABLISHED, US)]),
        (LOST, US, [(BindingStep.REMOVED, LOST), (BindingStep.ESTABLISHED, US)]),
    ],
)
def test_each_change_is_told_as_what_it_means(
    before: BindingImage | None, after: BindingImage, expected: list[tuple[BindingStep, BindingImage]]
) -> None:
    assert BindingChange("acme", "spring", 2, before, after).steps() == expected
