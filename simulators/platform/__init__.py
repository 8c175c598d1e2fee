"""A referral platform to try the integration with: publishes events, receives announcements, issues JWTs.

It stands in for the platform's own services and shares no code with the system it drives.
"""

from simulators.platform.server import PlatformSimulator

__all__ = ["PlatformSimulator"]
