"""What people do in their own mail client: the folders that inboxd owns are looked at, and a move is an order.

`looking` compares the server with our rows · `recognising` says which mail it is · `ordering` carries the order out.
Runs at the start and at each reconcile tick. It knows no clock of its own, and what it finds is in the rows when it is
done, so dying anywhere costs a second look.
"""

from inboxd.folder_watch.looking import Watch

__all__ = ["Watch"]
