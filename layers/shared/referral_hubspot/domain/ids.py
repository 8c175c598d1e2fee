"""Which texts are ids, of the platform's or of ours."""

import re

ID = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
"""Ids are parts of keys, so they hold no separator, and a key has room for them."""
