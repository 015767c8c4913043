"""What people do in their own mail client: the folders that inboxd owns are looked at, and a move is an order.

`looking` is one look · `surveying` compares a folder with our rows · `recognising` says which mail it is ·
`placing` tells our own moves from people's · `ordering` carries an order out · `telling` tells people of what is none.
Runs at the start and at each reconcile tick. It knows no clock of its own, and what it finds is in the rows when it is
done, so dying anywhere costs a second look.
"""

from inboxd.folder_watch.looking import Watch

__all__ = ["Watch"]
