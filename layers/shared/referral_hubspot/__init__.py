"""The referral platform's HubSpot integration: logic shared by every function of the stack."""
