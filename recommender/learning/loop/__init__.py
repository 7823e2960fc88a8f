"""The loop: from the event log to a version that serves, a window at a time.

``learning_due`` says whether a run is to begin and why, ``learning_step`` takes one through its
steps: window → snapshot → update → evaluate → gate → publish → after. Each step leaves its result
in the run's row or folder before the row goes on to the next, so that a run whose process was
killed is taken up where it was.
"""

from recommender.learning.loop.due import Due, learning_due
from recommender.learning.loop.run import learning_step

__all__ = ["Due", "learning_due", "learning_step"]
