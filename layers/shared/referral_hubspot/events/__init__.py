"""What crosses the border: events in, announcements out, HubSpot webhook deliveries."""
