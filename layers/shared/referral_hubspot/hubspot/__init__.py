"""A thin typed client of the HubSpot API."""
