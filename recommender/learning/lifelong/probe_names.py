"""What probes are called: also for readers of their figures, who need no probes."""

from __future__ import annotations

#: Names of the probes that are always looked at.
NEWEST = "newest"
OLD_WINDOWS = "old_windows"
INACTIVE = "inactive"
NEW_ITEMS = "new_items"
OLD_ITEMS = "old_items"
#: Kept windows, numbered from the newest, and parts of the newest.
WINDOW = "window-"
SEGMENT = "segment-"
FEW_DEEDS, SOME_DEEDS, MANY_DEEDS = (f"{SEGMENT}{name}" for name in ("few", "some", "many"))
GROUP_SEGMENT = f"{SEGMENT}group-"
