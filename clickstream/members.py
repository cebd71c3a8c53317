"""Who belongs to the installation and as what: roles, invitations, and links for forgotten passwords."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from clickstream.clock import Clock
from clickstream.errors import Conflict, InvalidInput, NotFound
from clickstream.store import Store
from clickstream.store.invites import Invite
from clickstream.store.resets import Reset
from clickstream.store.users import Role, Status, User
from clickstream.tokens import digest_of, new_token

RESET_LINK_LIFETIME = timedelta(days=1)

InviteStatus = Literal["open", "used", "expired", "void"]

_UNUSABLE: dict[InviteStatus, str] = {
    "used": "has been used already; ask an owner for another",
    "expired": "has expired; ask an owner for another",
    "void": "was made by somebody who is no owner any more; ask an owner for another",
}
_UNKNOWN = "is not known here: it was revoked, or the link is not complete; ask an owner for another"
_NO_RESET = "is not valid: it was used, replaced, or has expired; ask an owner for another"


class Members:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def change(self, username: str, *, role: Role | None = None, status: Status | None = None) -> tuple[User, User]:
        """Give an account another role or status; the account before and after.

        Raises NotFound, and Conflict where no active owner would be left. Without transactions nobody can both look and
        write at once, so whoever stops being an owner is written first and the owners are counted afterwards: of several
        owners who demote each other at the same moment, at least the last to be written sees that nobody is left, and
        is put back. Looking beforehand as well keeps an installation from standing without an owner even for a moment,
        unless two demotions cross.
        """
        if self._store.users.owners() == {username} and not _is_owner(role or "owner", status or "active"):
            raise _last_owner()
        before = self._store.users.change(username, role=role, status=status)
        if before is None:
            raise NotFound("There is no such account.")
        after = User(username, before.password_hash, role or before.role, status or before.status, before.created_at)
        if _is_owner(before.role, before.status) and not self._store.users.owners():
            self._store.users.change(username, role=before.role, status=before.status)
            raise _last_owner()
        return before, after

    def invite(self, by: str, role: Role, days: int, note: str) -> tuple[Invite, str]:
        """A new invitation and the token that opens it, which is not kept."""
        token, now = new_token(), self._clock()
        expires_at = now + timedelta(days=days)
        digest = digest_of(token)
        return self._store.invites.add(
            digest, role=role, note=note, created_by=by, created_at=now, expires_at=expires_at
        ), token

    def accept(self, token: str, username: str) -> Invite:
        """Take the invitation for this account. Raises InvalidInput that says why it cannot be used."""
        digest = digest_of(token)
        invite = self._usable(digest)
        if not self._store.invites.use(digest, username, self._clock()):
            self._usable(digest)
            raise _refused("used")
        return invite

    def decline(self, token: str, username: str) -> None:
        """Give back an invitation taken for an account that could not be created."""
        self._store.invites.release(digest_of(token), username)

    def revoke(self, invite_id: str) -> Invite:
        """Delete an invitation. Raises NotFound, and Conflict where it has been used."""
        invite = self._store.invites.get(invite_id)
        if invite is None:
            raise NotFound("There is no such invitation.")
        if not self._store.invites.revoke(invite_id):
            raise Conflict("This invitation has been used already; disable the account instead.", code="invite_used")
        return invite

    def statuses(self, invites: list[Invite]) -> list[InviteStatus]:
        owners, now = self._store.users.owners(), self._clock()
        return [_status(invite, owners, now) for invite in invites]

    def reset_link(self, by: str, username: str) -> tuple[Reset, str]:
        """A link by which this account chooses a new password, and its token, which is not kept; earlier ones end.

        Raises NotFound, and Conflict where the account cannot log in anyway.
        """
        user = self._store.users.find(username)
        if user is None:
            raise NotFound("There is no such account.")
        if user.status != "active":
            raise Conflict("This account cannot log in: approve or enable it first.", code=user.status)
        token, reset = new_token(), Reset(username, by, self._clock() + RESET_LINK_LIFETIME)
        self._store.resets.replace(digest_of(token), reset)
        return reset, token

    def take_reset(self, token: str) -> str:
        """Whose password may be set with this token, once. Raises InvalidInput."""
        reset = self._store.resets.take(digest_of(token), self._clock())
        if reset is None or reset.created_by not in self._store.users.owners():
            raise InvalidInput(f"This link {_NO_RESET}.", fields={"token": _NO_RESET}, code="reset_unusable")
        return reset.username

    def set_password(self, username: str, password_hash: str) -> None:
        """An open reset link ends with the old password; the account's tokens are the caller's to end."""
        self._store.users.set_password(username, password_hash)
        self._store.resets.forget(username)

    def _usable(self, digest: str) -> Invite:
        invite = self._store.invites.find(digest)
        if invite is None:
            raise InvalidInput(f"This invitation {_UNKNOWN}.", fields={"invite": _UNKNOWN}, code="invite_unknown")
        (status,) = self.statuses([invite])
        if status != "open":
            raise _refused(status)
        return invite


def _is_owner(role: Role, status: Status) -> bool:
    return role == "owner" and status == "active"


def _last_owner() -> Conflict:
    return Conflict("This is the last active owner: make somebody else an owner first.", code="last_owner")


def _status(invite: Invite, owners: set[str], now: datetime) -> InviteStatus:
    if invite.used_by is not None:
        return "used"
    if invite.expires_at <= now:
        return "expired"
    return "open" if invite.created_by in owners else "void"


def _refused(status: InviteStatus) -> InvalidInput:
    reason = _UNUSABLE[status]
    return InvalidInput(f"This invitation {reason}.", fields={"invite": reason}, code=f"invite_{status}")
