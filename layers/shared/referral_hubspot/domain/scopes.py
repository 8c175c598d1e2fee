"""What a HubSpot admin is asked to allow; certification checks that every one of these is in use."""

REQUIRED = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
)
