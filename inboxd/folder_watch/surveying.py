"""What one folder holds that our rows do not know, and the other way round. Reads only; raises `Transient`."""

from __future__ import annotations

from dataclasses import dataclass, field

from inboxd import maillog
from inboxd.context import Context
from inboxd.folder_watch import recognising
from inboxd.folder_watch.ordering import Met
from inboxd.mailbox import Glance, Identity
from inboxd.store import mails, positions
from inboxd.store.positions import Copy

AT_ONCE = 400
"""New numbers of one folder that are looked into at one look; the next look goes on."""


@dataclass(slots=True, kw_only=True)
class Survey:
    """What one folder holds that our rows do not know, and the other way round."""

    folder: str
    uidvalidity: int
    next_uid: int
    """Below it everything was looked into."""
    met: list[tuple[int, Met]] = field(default_factory=list)
    """Mails of ours under numbers that are new to us."""
    strangers: list[Identity] = field(default_factory=list)
    missing: list[Copy] = field(default_factory=list)
    is_history: bool = False
    """The first look at this folder, or the first since the server renumbered it."""
    is_partial: bool = False
    """There is more than was looked into."""


def survey_of(app: Context, folder: str, last: Glance | None, strangers: set[int], *, is_whole: bool) -> Survey:
    """Compare one folder with our rows. Whole, unless all that happened since `last` is that mails came.

    `strangers` are the numbers in it that are known to be none of ours; it is brought up to date.
    """
    account = app.settings.mailbox.account
    state = app.mailbox.open(folder)
    with app.database.reading() as tx:
        mark = mails.mark(tx, account, folder)
    fresh = mark is None or mark[0] != state.uidvalidity
    if mark is not None and fresh:
        maillog.mailbox_renumbered(account, folder)
        strangers.clear()
    first = 1 if mark is None or fresh else mark[1]
    missing: list[Copy] = []
    came = app.mailbox.uids_from(last.uidnext) if last and not fresh and not is_whole else None
    if (
        last is not None
        and came
        and state.uidvalidity == last.uidvalidity
        and (state.exists - last.exists == len(came))
    ):
        with app.database.reading() as tx:
            new = positions.unknown(tx, account, folder, state.uidvalidity, [uid for uid in came if uid >= first])
    else:
        uids = app.mailbox.uids()
        with app.database.reading() as tx:
            lying = positions.lying_in(tx, account, folder)
        here, there = {copy.uid for copy in lying if copy.uidvalidity == state.uidvalidity}, set(uids)
        missing = [copy for copy in lying if copy.uidvalidity != state.uidvalidity or copy.uid not in there]
        unknown = [uid for uid in uids if uid not in here]
        if last is None:  # what was looked into before this process began, and is none of ours
            strangers.update(uid for uid in unknown if uid < first)
        new = [uid for uid in unknown if uid not in strangers]
    part = new[:AT_ONCE]
    survey = Survey(
        folder=folder,
        uidvalidity=state.uidvalidity,
        next_uid=part[-1] + 1 if len(new) > AT_ONCE else max(state.uidnext, first, *(uid + 1 for uid in part)),
        missing=missing,
        is_history=fresh,
        is_partial=len(new) > AT_ONCE,
    )
    for identity in app.mailbox.identities(part):
        mail_id = recognising.which(app, identity)
        if mail_id is None:
            survey.strangers.append(identity)
        else:
            met = Met(folder=folder, uidvalidity=state.uidvalidity, uid=identity.uid)
            survey.met.append((mail_id, met))
    return survey
