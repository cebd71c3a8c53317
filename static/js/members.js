/** Accounts, invitations and one's own password: what the pages send, and the verbs that reach the server. */

export const ROLES = ["shopper", "viewer", "analyst", "owner"];
const MEMBERS = "/api/members";

/**
 * @typedef {{username: string, role: string, status: "active" | "pending" | "disabled", created_at: string}} Member
 *
 * @typedef {object} Ticket what a link carries, for one time (invite, reset) or as long as it is valid
 * @property {"invite" | "reset" | "share"} kind
 * @property {string} token
 */

/** The link in an address's fragment, which no server ever sees. @param {string} hash @returns {Ticket | null} */
export function parseTicket(hash) {
  const [, kind, token] = /^#(invite|reset|share)=([\w-]+)$/.exec(hash) ?? [];
  return kind ? { kind, token } : null;
}

/** Whether a change gives or takes the right to everything. @param {Member} member @param {string} role */
export function isWeighty(member, role) {
  return member.role === "owner" || role === "owner";
}

/**
 * @param {object} outside
 * @param {{post: Function, put: Function, patch: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {() => Promise<any>} outside.renew
 * @param {(slots: string[]) => void} outside.drop
 * @param {() => Promise<any>} outside.start asks anew who is logged in
 * @param {() => {username: string} | null} outside.user
 * @param {() => void} outside.left everything of the reader's goes
 */
export function memberVerbs({ api, act, renew, drop, start, user, left }) {
  const path = (username) => `${MEMBERS}/${encodeURIComponent(username)}`;
  const change = async (slot, effect) => {
    drop([slot]);
    if (await act(slot, effect)) await renew();
  };
  return {
    changeMember: async ({ username, body }) => {
      drop(["memberChange"]);
      const effect = async () => ({ ...(await api.patch(path(username), body)), done: Object.keys(body)[0] });
      if (!(await act("memberChange", effect))) return;
      if (username === user()?.username) await start();
      await renew();
    },
    refuseMember: ({ username }) =>
      change("memberChange", async () => {
        await api.remove(path(username));
        return { username, done: "refused" };
      }),
    makeResetLink: ({ patch }) =>
      change("resetLink", async () => ({ ...(await api.post(`${path(patch.username)}/reset-link`)), username: patch.username })),
    invite: ({ body }) => change("inviteMade", () => api.post("/api/invites", body)),
    revokeInvite: ({ id }) => change("inviteRevoked", () => api.remove(`/api/invites/${encodeURIComponent(id)}`)),
    changePassword: ({ body }) => {
      drop(["passwordChange"]);
      return act("passwordChange", () => api.put("/api/me/password", body));
    },
    signOutEverywhere: async () => {
      if (await act("everywhere", () => api.post("/api/me/logout-everywhere"))) left();
    },
  };
}
