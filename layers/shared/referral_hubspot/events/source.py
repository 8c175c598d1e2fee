"""By whom announcements are made; on its own, so that who only needs the name loads no models."""

SOURCE = "referral-hubspot"
