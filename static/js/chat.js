/** The chat about an open analysis without its looks: what it needs, how an answer grows, where its reports are, its verbs. */

import { analysisPath, ApiError } from "./api.js";
import { FILTERS, OPTIONS, parseRoute, routeLink } from "./route.js";

/**
 * @typedef {object} Turn the question that is being answered, or was last, until its chat is read again
 * @property {string} question
 * @property {"asking" | "done" | "stopped" | "failed"} status
 * @property {string} error
 * @property {string} chatId "" until the server has named it
 * @property {{text: string, template: string, fact_ids: string[], direction: string}[]} sentences
 * @property {string[]} withheld why sentences were not shown
 * @property {{metric_id: string, title: string}[]} measuring
 *
 * @typedef {object} Chat
 * @property {string} id of the chat that is read, "" for the latest, NEW for one that is not begun yet
 * @property {Turn | null} turn
 */

export const NEW = "new";
/** @type {Chat} */
export const NO_CHAT = Object.freeze({ id: "", turn: null });
export const LONGEST_QUESTION = 2000;

const BEGUN = { status: "asking", error: "", chatId: "", sentences: [], withheld: [], measuring: [] };

/** What an open analysis needs of its chats, as slot -> URL. @param {string} analysis @param {Chat} chat */
export function ofChat(analysis, { id }) {
  const path = analysisPath(analysis);
  const query = id && id !== NEW ? `?${new URLSearchParams({ chat_id: id })}` : "";
  return { chat: `${path}/chat${query}`, chats: `${path}/chats?limit=20` };
}

/** How the state's chat changes. */
export const chatTransitions = {
  chatOpened: (state, { id }) => ({ ...state, chat: { id, turn: null } }),
  chatAsked: (state, { question }) => turned(state, { ...BEGUN, question }),
  chatHeard: (state, { name, data }) => (state.chat.turn ? turned(state, heardIn(state.chat.turn, name, data)) : state),
};

function turned(state, turn) {
  return { ...state, chat: { ...state.chat, turn } };
}

/** An answer that has ended says nothing more. @param {Turn} turn @param {string} name @param {any} data @returns {Turn} */
export function heardIn(turn, name, data) {
  if (turn.status !== "asking") return turn;
  return HEARD[name]?.(turn, data) ?? turn;
}

const HEARD = {
  begun: (turn, { chat_id }) => ({ ...turn, chatId: chat_id }),
  measuring: (turn, { call }) => ({ ...turn, measuring: [...turn.measuring, call] }),
  sentence: (turn, sentence) => ({ ...turn, sentences: [...turn.sentences, sentence] }),
  withheld: (turn, { reason }) => ({ ...turn, withheld: [...turn.withheld, reason] }),
  done: (turn) => ({ ...turn, status: "done" }),
  stopped: (turn) => ({ ...turn, status: "stopped" }),
  failed: (turn, { error }) => ({ ...turn, status: "failed", error }),
  error: (turn, { error }) => ({ ...turn, status: "failed", error }),
};

/** Messages of the chat in view; none of one that is not begun yet. */
export function messagesOf({ id }, held) {
  return id === NEW ? [] : (held?.messages ?? []);
}

/** What to ask next: what the last answer leads to, else what this analysis can be asked. */
export function suggestionsOf(chat, held) {
  const last = messagesOf(chat, held).at(-1);
  return last?.suggestions?.length ? last.suggestions : (held?.suggestions ?? []);
}

const TOPIC_OF = {
  funnel: "funnel",
  paths: "paths",
  cart: "carts",
  checkout: "carts",
  friction: "carts",
  search: "search",
  products: "products",
  bought_together: "products",
  retention: "retention",
  rfm: "retention",
  segments: "segments",
  differences: "segments",
  variants: "segments",
  channels: "channels",
  trends: "trends",
  pages: "content",
  event_types: "content",
};

/**
 * The address of the report that a call measured, "" where no page shows it: of a single person there is none.
 * @param {{metric_id: string, options: Record<string, any>, scope: any}} call
 * @param {(instant: string) => string} dayOf the local day of an instant
 */
export function reportLink({ metric_id: metric, options, scope }, dayOf) {
  const { dataset, since, until, filters = {}, view, user_id: person } = scope;
  if (person || Object.keys(filters).some((name) => !FILTERS.includes(name))) return "";
  const last = until && new Date(Date.parse(until) - 1).toISOString();
  const named = Object.entries(options).filter(([name]) => OPTIONS[metric]?.includes(name));
  return routeLink(parseRoute(""), {
    ...(TOPIC_OF[metric] ? { page: "metrics", topic: TOPIC_OF[metric] } : { page: "summary" }),
    dataset: dataset === "live" ? "" : dataset,
    ...filters,
    view: view === "all" ? "all" : "",
    ...Object.fromEntries(named.map(([name, value]) => [`${metric}.${name}`, String(value)])),
    ...(metric === "segments" && options.dimension ? { dimension: options.dimension } : {}),
    ...(since || last ? { from: since ? dayOf(since) : "", to: last ? dayOf(last) : "" } : {}),
  });
}

/**
 * @param {object} outside
 * @param {{stream: Function, patch: Function, remove: Function}} outside.api
 * @param {(slot: string, effect: () => Promise<any>) => Promise<boolean>} outside.act
 * @param {(slot: string, key: string) => Promise<any>} outside.fetchInto
 * @param {(action: object) => void} outside.dispatch
 * @param {() => import("./state.js").State} outside.held
 */
export function chatVerbs({ api, act, fetchInto, dispatch, held }) {
  let asking = null;
  const needed = () => ofChat(held().route.analysis, held().chat);
  const read = (...slots) => Promise.all(slots.map((slot) => fetchInto(slot, needed()[slot])));

  /** What was asked stays in view until its chat has been read again with the answer in it. */
  async function settle() {
    const { turn } = held().chat;
    if (!turn?.chatId) return;
    const id = turn.chatId;
    await fetchInto("chat", ofChat(held().route.analysis, { id }).chat);
    if (held().chat.turn === turn && held().loads.chat?.status === "ready") dispatch({ type: "chatOpened", id });
    await read("chats");
  }

  async function ask(question) {
    const { route, chat, loads } = held();
    const analysis = route.analysis;
    const id = chat.turn?.chatId || (chat.id === NEW ? "" : chat.id || loads.chat?.data?.chat_id);
    asking = new AbortController();
    const hear = (name, data) => {
      if (held().route.analysis === analysis && held().chat.turn) dispatch({ type: "chatHeard", name, data });
      else asking.abort();
    };
    dispatch({ type: "chatAsked", question });
    try {
      const body = { question, ...(id && { chat_id: id }) };
      const ended = await api.stream(`${analysisPath(analysis)}/chat`, body, hear, asking.signal);
      hear(ended ? "failed" : "stopped", { error: "The connection ended before the answer did. Ask again." });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      hear("failed", { error: error.message });
    }
    asking = null;
    if (held().chat.turn?.status === "done") await settle();
  }

  return {
    askChat: async ({ question, patch }) => {
      const text = (question ?? patch.question).trim();
      if (!text || asking) return;
      await settle();
      await ask(text);
    },
    stopChat: () => asking?.abort(),
    openChat: async ({ patch: { chat } }) => {
      asking?.abort();
      dispatch({ type: "chatOpened", id: chat });
      await read("chat");
    },
    renameChat: async ({ id, title }) => {
      if (await act("chatChange", () => api.patch(`/api/chats/${id}`, { title }))) await read("chats", "chat");
    },
    deleteChat: async ({ id }) => {
      if (!(await act("chatChange", () => api.remove(`/api/chats/${id}`)))) return;
      if ([held().chat.id, held().loads.chat?.data?.chat_id].includes(id)) dispatch({ type: "chatOpened", id: "" });
      await read("chats", "chat");
    },
  };
}
