"""`make demo`: the main job played from both ends, by the referral platform and by a salesperson in HubSpot."""
