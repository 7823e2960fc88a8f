"""What is looked at every few minutes while models serve: the one in shadow and the live one."""

from __future__ import annotations

from recommender.registry.online import online_count
from recommender.registry.online_watch import online_watch
from recommender.registry.shadow import shadow_watch


def models_watch() -> None:
    """Count clicks by version, go back where they fell, and judge the version in shadow.

    Raises:
        BusyError: another process is replacing the live model and does not come to its end.
    """
    online_count()
    # A version that was gone back from must not be replaced by one that is as bad: first the live
    # one, then who may follow it.
    online_watch()
    shadow_watch()
