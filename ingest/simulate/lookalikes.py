"""Groups that share much and hide nothing: every kind is people with a few traits changed, some with traffic of their own.

The table below is the switchboard (`--without`): a kind, and the function that makes it; its docstring says what it shares.
"""

from collections.abc import Callable

import numpy as np

from ingest.simulate import lookalikes_occasions as occasions
from ingest.simulate import lookalikes_places as places
from ingest.simulate import lookalikes_software as software
from ingest.simulate.people import Voice
from ingest.simulate.scene import Part, Scene

Lookalike = Callable[[Scene, np.random.Generator, Voice], Part]
LOOKALIKES: dict[str, Lookalike] = {
    function.__name__: function
    for function in (
        # one firm, one household, one network
        places.declared_org,
        places.agency,
        places.reseller_card,
        places.follow_the_sun,
        places.office_move,
        places.family,
        places.classroom,
        places.hackathon,
        places.cgnat,
        places.vpn,
        # one program
        software.harness,
        software.agent_upgrade,
        software.app_wrapper,
        software.automation,
        software.cron,
        software.outage,
        software.benchmark_runner,
        software.judge,
        software.batch,
        # one occasion
        occasions.viral,
        occasions.launch_burst,
        occasions.course,
        occasions.holiday,
    )
}
