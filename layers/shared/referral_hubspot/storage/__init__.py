"""DynamoDB repositories; every key shape stands in `keys`."""
