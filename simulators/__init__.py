"""Stand-ins for the outside world. They share no code with the product, so that neither hides the other's errors."""
