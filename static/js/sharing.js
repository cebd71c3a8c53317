/** What people do with an analysis: comment on it, share it by a link, look at it as somebody else would. */

import { analysisPath } from "./api.js";
import { changeRoute } from "./route.js";

const COMMENTS = "/api/comments";
const SHARES = "/api/shares";

/**
 * @typedef {{index: number, hash: string}} ClaimRef
 * @typedef {{comment_id: string, section: string | null, claim: ClaimRef | null, quote: string | null, text: string, created_by: string, created_at: string, edited_at: string | null, resolved_by: string | null, resolved_at: string | null}} Comment
 * @typedef {{share_id: string, analysis_id: string, label: string, with_comments: boolean, created_by: string, created_at: string, expires_at: string, expired: boolean, views: number, last_opened: string | null}} Share
 */

/** What an open analysis needs besides itself. @param {string} analysis @param {boolean} analyst */
export function ofAnalysis(analysis, analyst) {
  const path = analysisPath(analysis);
  return {
    comments: `${path}/comments`,
    roleViews: "/api/role-views",
    ...(analyst ? { shares: `${path}/shares` } : {}),
  };
}

/** What a share link shows, to anybody. @param {string} token */
export function ofLink(token) {
  return { shared: `/api/shared/${token}`, roleViews: "/api/role-views" };
}

/** The comments on one sentence, or with null on the whole analysis. @param {Comment[]} comments @param {string | null} section @param {ClaimRef | null} claim */
export function commentsOn(comments, section, claim) {
  const isSame = (other) => (claim ? other?.index === claim.index && other.hash === claim.hash : !other);
  return comments.filter((comment) => comment.section === section && isSame(comment.claim));
}

/**
 * @param {object} outside
 * @param {{post: Function, patch: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(slot: string, key: string) => Promise<any>} outside.fetchInto
 * @param {(slots: string[]) => void} outside.drop
 * @param {(action: object) => void} outside.dispatch
 * @param {(route: object) => Promise<any>} outside.visit
 * @param {() => import("./state.js").State} outside.held
 * @param {{write: (username: string, roleView: string) => void}} outside.roleViews
 */
export function sharingVerbs({ api, act, fetchInto, drop, dispatch, visit, held, roleViews }) {
  const open = () => analysisPath(held().route.analysis);
  const again = (slot) => held().loads[slot]?.key && fetchInto(slot, held().loads[slot].key);
  const busy = (slot) => held().loads[slot]?.status === "loading";

  /** How a change went is told at its thread. */
  const commented = async (thread, effect) => {
    if (busy(thread)) return;
    if (await act(thread, effect)) await again("comments");
  };
  return {
    addComment: ({ thread, body }) => commented(thread, () => api.post(`${open()}/comments`, body)),
    changeComment: ({ thread, id, body }) => commented(thread, () => api.patch(`${COMMENTS}/${id}`, body)),
    deleteComment: ({ thread, id }) => commented(thread, () => api.remove(`${COMMENTS}/${id}`)),
    share: async ({ body }) => {
      if (busy("shareMade")) return;
      drop(["shareRevoked"]);
      if (await act("shareMade", () => api.post(`${open()}/shares`, body))) await again("shares");
    },
    revokeShare: async ({ id }) => {
      drop(["shareMade"]);
      if (!(await act("shareRevoked", () => api.remove(`${SHARES}/${id}`)))) return;
      await Promise.all(["shares", "allShares"].map(again));
    },
    openTool: ({ slot }) => dispatch({ type: "toolOpened", tool: slot }),
    viewAs: ({ role_view: roleView }) => {
      roleViews.write(held().user.username, roleView);
      dispatch({ type: "viewedAs", roleView });
      return visit(changeRoute(held().route, { role_view: roleView }));
    },
  };
}
