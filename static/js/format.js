/** Numbers, money and time in the reader's own locale. Unknown is an em dash, never a zero. */

export const UNKNOWN = "—";

/**
 * @typedef {{numerator: number, denominator: number, value: number | null}} Rate
 * @typedef {{currency: string, amount: number}} Money
 */

/** @param {string | undefined} [locale] the reader's; tests name one */
export function formats(locale) {
  const known = (value, show) => (value === null || value === undefined ? UNKNOWN : show(value));
  const whole = new Intl.NumberFormat(locale);
  const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const fine = new Intl.NumberFormat(locale, { style: "currency", currency: "USD", maximumFractionDigits: 4 });
  const dayName = (timeZone) =>
    new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone });

  const units = UNITS[locale?.slice(0, 2)] ?? ["h", "min", "s"];
  const number = (value) => known(value, (n) => whole.format(n));
  const share = (value) =>
    known(value, (n) => new Intl.NumberFormat(locale, { style: "percent", ...fractionDigits(n) }).format(n));
  const amount = (/** @type {Money} */ money) =>
    isCurrency(money.currency)
      ? new Intl.NumberFormat(locale, { style: "currency", currency: money.currency }).format(money.amount)
      : `${decimal.format(money.amount)} ${money.currency}`;
  /** A plain day, or the day of an instant in a time zone. */
  const day = (value, timeZone = "UTC") =>
    known(value, (text) => dayName(text.length > 10 ? timeZone : "UTC").format(new Date(text)));

  return {
    locale,
    number,
    share,
    day,
    /** "1 order", "2 orders". */
    count: (value, one, many = `${one}s`) => known(value, (n) => `${whole.format(n)} ${n === 1 ? one : many}`),
    decimal: (value) => known(value, (n) => decimal.format(n)),
    rate: (/** @type {Rate | null} */ rate) => share(rate?.value ?? null),
    /** The pair behind a rate: "26 of 875". */
    pair: (/** @type {Rate | null} */ rate) =>
      known(rate, (r) => `${whole.format(r.numerator)} of ${whole.format(r.denominator)}`),
    money: (/** @type {Money[] | null} */ list) => (list?.length ? list.map(amount).join(" + ") : UNKNOWN),
    amount,
    /** A unit price in US dollars, which may be a fraction of a cent. */
    price: (value) => known(value, (n) => fine.format(n)),
    bytes: (value) => known(value, (n) => inBytes(n, decimal, whole)),
    duration: (seconds) => known(seconds, (exact) => inWords(exact, units)),
    moment: (value, timeZone) =>
      known(value, (text) =>
        new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(text)),
      ),
    /** Hour and minute of today. */
    clock: (value) =>
      known(value, (text) => new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(text))),
    time: (value, timeZone) =>
      known(value, (text) => new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone }).format(new Date(text))),
    /** A difference of two rates, in percentage points with its sign. */
    points: (value) => known(value, (n) => `${n > 0 ? "+" : n < 0 ? "−" : ""}${decimal.format(Math.abs(n) * 100)} pp`),
    /** A signed number on a scale of its own, such as an effect. */
    effect: (value) => known(value, (n) => `${n < -0.005 ? "−" : ""}${fixed(locale, Math.abs(n), 2)}`),
    probability: (value) => known(value, (p) => (p < 0.001 ? "< 0.001" : fixed(locale, p, 3))),
    country: (code) => countryName(locale, code),
  };
}

function fixed(locale, value, digits) {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Shares under one percent keep a second digit: 0.25 % and 0.3 % are not the same shop. */
function fractionDigits(value) {
  const digits = value !== 0 && Math.abs(value) < 0.01 ? 2 : 1;
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB"];

function inBytes(value, decimal, whole) {
  const power = Math.min(BYTE_UNITS.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${power ? decimal.format(value / 1000 ** power) : whole.format(value)} ${BYTE_UNITS[power]}`;
}

/** Hour, minute and second where they are not abbreviated as in English. */
const UNITS = { vi: ["giờ", "phút", "giây"] };

function inWords(exact, [h, min, s]) {
  const seconds = Math.round(exact);
  if (seconds < 60) return `${seconds} ${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${min} ${seconds % 60} ${s}`;
  return `${Math.floor(seconds / 3600)} ${h} ${Math.floor((seconds % 3600) / 60)} ${min}`;
}

function isCurrency(code) {
  return /^[A-Z]{3}$/.test(code);
}

function countryName(locale, code) {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(locale ?? [], { type: "region", fallback: "code" }).of(code);
}

/** The day an instant falls on, YYYY-MM-DD. @param {string} moment @param {string} [timeZone] */
export function dayIn(moment, timeZone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date(moment));
}

/** How the page writes: as its reader's account wants it, before that as the browser does. */
export const format = formats(globalThis.navigator?.language);

/** @param {string | undefined} locale */
export function writeIn(locale) {
  if (locale !== format.locale) Object.assign(format, formats(locale));
}
