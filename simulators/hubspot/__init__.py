"""A HubSpot for tests and demos, after its published documentation and specs.

Two accounts (1001001 "Acme EU", 1001002 "Acme US") and one app. OAuth with a consent page, contacts and deals with
their properties, associations, merges and searches, lists of contacts, pipelines, owners, signed webhooks with
retries, rate limits, uninstalling. Any API version will do.

Alone: `python -m simulators.hubspot --port 8090 --help`, which also lists the switches, one for each thing about
HubSpot that nobody outside knows. In a test: `with HubSpotSimulator() as hubspot:` has `hubspot.url`, `.simulation`.

What tests and demos say to it (`control.py`, one docstring each):

    GET    /_sim/state                        what it is, what is connected, what is held or waiting
    GET    /_sim/journal?portal&since&kind    every API call; DELETE forgets them
    POST   /_sim/faults                       calls fail, hang or lose their answer (`faults.Fault`); DELETE ends it
    POST   /_sim/release {name}               let held calls go on
    POST   /_sim/reset                        no records, tokens, journal, faults; {"keep_app": false}: the app too
    POST   /_sim/app {…}                      webhook_url, redirect_urls, expires_in … (`app.App`)
    POST   /_sim/switches {…}                 `switches.Switches`; {"rate_scale": 20}: wider rate limits
    POST   /_sim/revoke {portal}              a person removes the app; /_sim/expire: access tokens end now
    POST   /_sim/scopes {portal, remove, add} other scopes for what is granted
    POST   /_sim/portals {id, name}           one more account
    POST   /_sim/seed                         contacts or deals that are simply there
    GET    /_sim/portals/{id}/contacts?email  look, also by a property; POST changes many as people do
    GET    /_sim/portals/{id}/deals?contact   the same for deals
    *      /_sim/portals/{id}/{object}/{record}    look at, change or delete one, by id or e-mail; …/restore
    POST   /_sim/portals/{id}/merge           {primary, other, object}
    POST   /_sim/portals/{id}/lists           {name, members} or {name, rule}; …/{list} {add, remove}; DELETE …/{list}
    POST   /_sim/portals/{id}/properties      create, archive, require properties; change options
    POST   /_sim/portals/{id}/pipelines       add, archive, restore pipelines and stages; /owners: owners
    GET    /_sim/webhooks                     attempts; POST duplicates, drops, reorders, delays or pauses them
    POST   /_sim/webhooks/lose {type, portal} such events are never delivered; DELETE ends it
    POST   /_sim/webhooks/send                one delivery by hand, also wrongly signed
"""

from simulators.hubspot.app import App
from simulators.hubspot.server import HubSpotSimulator
from simulators.hubspot.simulation import Simulation
from simulators.hubspot.switches import Switches

__all__ = ["App", "HubSpotSimulator", "Simulation", "Switches"]
