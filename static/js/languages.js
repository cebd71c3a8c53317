/** The languages that texts are written in, and how numbers are written beside them. */

/** As the server has them, by their own names. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", es: "Español", vi: "Tiếng Việt" };

/**
 * The locale of an account's numbers, days and money: its language's; for English the browser's own kind of English.
 * @param {string | undefined} language nobody's: the browser's
 * @param {string | undefined} browser
 */
export function localeOf(language, browser = globalThis.navigator?.language) {
  return !language || (language === "en" && browser?.startsWith("en")) ? browser : language;
}

/** @param {{api: any, act: Function, dispatch: Function}} outside */
export function languageVerbs({ api, act, dispatch }) {
  return {
    chooseLanguage: ({ language }) =>
      act("languageChange", async () => {
        const user = await api.patch("/api/me", { language });
        dispatch({ type: "languageChosen", user });
      }),
  };
}
