/** How the next analysis is to be written: preset, wishes, temperature. The last choice is remembered per browser. */

/** @typedef {{preset: string, prompt: string, temperature: string}} Brief `temperature` empty leaves it to the model */

export const HOTTEST = 2;

/** @type {Brief} */
export const USUAL = Object.freeze({ preset: "general", prompt: "", temperature: "" });

/** What a browser remembered; the usual where that is nothing readable. @param {string} text @returns {Brief} */
export function readBrief(text) {
  try {
    const { preset, prompt, temperature } = { ...USUAL, ...JSON.parse(text) };
    return { preset: String(preset), prompt: String(prompt), temperature: String(temperature) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return USUAL;
  }
}

/** What is sent of it: only what differs from the usual. @param {Brief} brief */
export function bodyOf({ preset, prompt, temperature }) {
  return {
    ...(preset !== USUAL.preset && { preset }),
    ...(prompt.trim() && { prompt: prompt.trim() }),
    ...(temperature !== "" && { temperature: Number(temperature) }),
  };
}

/** @param {Brief} brief */
export function isUsual(brief) {
  return Object.keys(bodyOf(brief)).length === 0;
}

/** What is wrong about it, for whoever wrote it; empty where nothing is. @param {Brief} brief */
export function wrongIn({ temperature }) {
  const isFit = Number(temperature) >= 0 && Number(temperature) <= HOTTEST;
  return isFit ? "" : `The temperature goes from 0 to ${HOTTEST}.`;
}

/**
 * @param {object} outside
 * @param {(action: object) => void} outside.dispatch
 * @param {() => Promise<any>} outside.sync
 * @param {() => import("./state.js").State} outside.held
 * @param {{write: (username: string, text: string) => void}} outside.briefs
 */
export function briefVerbs({ dispatch, sync, held, briefs }) {
  const choose = (brief) => {
    briefs.write(held().user.username, JSON.stringify(brief));
    dispatch({ type: "briefed", brief });
  };
  return {
    brief: ({ patch }) => choose({ ...held().brief, ...patch }),
    usualBrief: () => choose(USUAL),
    openBrief: () => {
      dispatch({ type: "briefOpened" });
      return sync();
    },
  };
}
