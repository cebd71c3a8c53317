/** How charts look and speak: the page's own tokens, the reader's own locale. */

import { format } from "../format.js";

/** Vega config from the CSS custom properties in force. @param {Element} element */
export function chartTheme(element) {
  const token = colours(element);
  const font = getComputedStyle(element).getPropertyValue("--font-sans").trim();
  const text = { font, fontSize: 12, fill: token("--ink") };
  const palette = [1, 2, 3, 4, 5, 6].map((number) => token(`--chart-${number}`));
  return {
    background: null,
    font,
    aria: false,
    view: { stroke: null },
    padding: { left: 0, right: 4, top: 4, bottom: 0 },
    range: { category: palette },
    mark: { color: palette[0] },
    bar: { color: palette[0] },
    area: { color: palette[0], fillOpacity: 0.35, line: { color: palette[0], strokeWidth: 1.5 } },
    rule: { color: token("--ink-soft") },
    point: { color: palette[0], size: 90, opacity: 1 },
    text: { ...text, color: token("--ink") },
    style: { ghost: { color: token("--chart-ghost") }, zero: { color: token("--rule-strong"), strokeDash: [3, 3] }, node: { color: palette[0] } },
    axis: {
      labelFont: font,
      labelFontSize: 12,
      labelColor: token("--ink-soft"),
      titleFont: font,
      titleFontSize: 12,
      titleFontWeight: "normal",
      titleColor: token("--ink-soft"),
      domainColor: token("--rule-strong"),
      gridColor: token("--rule"),
      tickColor: token("--rule"),
      domain: false,
      ticks: false,
      labelPadding: 6,
    },
    axisX: { domain: true },
    axisY: { minExtent: 0 },
    scale: { bandPaddingInner: 0.25, bandPaddingOuter: 0.1 },
    legend: { labelFont: font, labelFontSize: 12, labelColor: token("--ink"), symbolType: "square" },
  };
}

/** Tokens are written for both themes at once; only a used colour is resolved to one. @param {Element} element */
function colours(element) {
  const probe = element.appendChild(document.createElement("span"));
  const style = getComputedStyle(probe);
  const names = [
    "--ink",
    "--ink-soft",
    "--rule",
    "--rule-strong",
    "--chart-ghost",
    ...[1, 2, 3, 4, 5, 6].map((n) => `--chart-${n}`),
  ];
  const found = Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, style.color];
    }),
  );
  probe.remove();
  return (name) => found[name];
}

/** d3 formats as Intl would write them. */
export function chartLocales() {
  return { formatLocale: numberLocale(), timeFormatLocale: timeLocale() };
}

function numberLocale() {
  const parts = new Intl.NumberFormat(format.locale).formatToParts(1234567.8);
  const part = (type, otherwise) => parts.find((piece) => piece.type === type)?.value ?? otherwise;
  return {
    decimal: part("decimal", "."),
    thousands: part("group", ","),
    grouping: [3],
    currency: ["", ""],
    minus: "−",
  };
}

function timeLocale() {
  const names = (count, option, moment) =>
    Array.from({ length: count }, (_, index) =>
      new Intl.DateTimeFormat(format.locale, { ...option, timeZone: "UTC" }).format(moment(index)),
    );
  const sunday = (index) => Date.UTC(2023, 0, 1 + index);
  const month = (index) => Date.UTC(2023, index, 1);
  return {
    dateTime: "%x, %X",
    date: "%x",
    time: "%X",
    periods: ["AM", "PM"],
    days: names(7, { weekday: "long" }, sunday),
    shortDays: names(7, { weekday: "short" }, sunday),
    months: names(12, { month: "long" }, month),
    shortMonths: names(12, { month: "short" }, month),
  };
}
