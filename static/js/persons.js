/** One shopper's data: the verbs that look it up and erase it. */

/**
 * @typedef {{user_id: string, events: number, clients: number, sessions: number, analyses: number, recommendations: number, comments: number, chats: number, role: string | null}} Known
 * @typedef {{receipt_id: string, at: string, subject: string, counts: Record<string, number>}} Erased
 */

/** @param {string} userId */
export function pathOf(userId) {
  return `/api/persons/${encodeURIComponent(userId)}`;
}

/**
 * @param {object} outside
 * @param {{get: Function, post: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(slots: string[]) => void} outside.drop
 * @param {() => Promise<any>} outside.renew
 */
export function personVerbs({ api, act, drop, renew }) {
  return {
    findPerson: ({ userId }) => {
      drop(["personErased"]);
      return act("person", () => api.get(pathOf(userId)));
    },
    erasePerson: async ({ userId, body }) => {
      const erased = await act("personErased", () => api.post(`${pathOf(userId)}/erase`, body));
      if (!erased) return;
      drop(["person"]);
      await renew();
    },
  };
}
