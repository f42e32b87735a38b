"""What each disk is to a migration, with the proof; what is copied and how; which switchover that allows.

The life: `too_large` and `probes_for` (source), `paths_to_look_at` and `digests_for` (destination), `gather`,
`classify` and the checks, `choose_switchover`, `copies`, `ejected`, `kept`, `nvram`, `delete_nvram`,
`choose_writes` (the plan), `shortages` and `same_image` (the agents once more), `at_first`, `shares`,
`to_put_right`, `cannot_follow` (while it runs).
"""

from godwit.domain.storage.bandwidth import MirrorShare, Shares, at_first, shares, to_put_right
from godwit.domain.storage.bounds import too_large
from godwit.domain.storage.classify import Judged, classify, judge, refusals
from godwit.domain.storage.facts import Promise, StorageFacts, gather, layers_of
from godwit.domain.storage.following import Look, cannot_follow, with_look
from godwit.domain.storage.likeness import Likeness, likeness, same_image
from godwit.domain.storage.media import is_removable
from godwit.domain.storage.paths import directory_of, lies_under, normal
from godwit.domain.storage.plan import (
    copies,
    delete_nvram,
    digests_for,
    ejected,
    kept,
    nvram,
    paths_to_look_at,
    read_whole,
    wanted_copies,
)
from godwit.domain.storage.proof import probes_for
from godwit.domain.storage.refusal import ANEW, Refusal, Topic
from godwit.domain.storage.space import Shortage, promises, shortages
from godwit.domain.storage.switchover import LOCKS_HOLD_BETWEEN_HOSTS, choose_switchover
from godwit.domain.storage.writes import Writes, choose_writes

__all__ = [
    "ANEW",
    "LOCKS_HOLD_BETWEEN_HOSTS",
    "Judged",
    "Likeness",
    "Look",
    "MirrorShare",
    "Promise",
    "Refusal",
    "Shares",
    "Shortage",
    "StorageFacts",
    "Topic",
    "Writes",
    "at_first",
    "cannot_follow",
    "choose_switchover",
    "choose_writes",
    "classify",
    "copies",
    "delete_nvram",
    "digests_for",
    "directory_of",
    "ejected",
    "gather",
    "is_removable",
    "judge",
    "kept",
    "layers_of",
    "lies_under",
    "likeness",
    "normal",
    "nvram",
    "paths_to_look_at",
    "probes_for",
    "promises",
    "read_whole",
    "refusals",
    "same_image",
    "shares",
    "shortages",
    "to_put_right",
    "too_large",
    "wanted_copies",
    "with_look",
]
