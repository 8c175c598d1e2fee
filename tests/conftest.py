"""What folders of tests share: a run that needs a deployed stack has one, whichever folders it covers."""

pytest_plugins = ["tests.deployed"]
