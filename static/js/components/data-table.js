/** Tables with a caption, headed columns and rows; wide ones scroll inside themselves. */

import { html } from "../html.js";

/**
 * @typedef {object} Column
 * @property {unknown} title text or a defined term
 * @property {(row: any) => unknown} cell text or markup
 * @property {boolean} [words] left-aligned; the other columns hold numbers
 */

/**
 * The first column names its row.
 * @param {string} caption
 * @param {Column[]} columns
 * @param {any[]} rows
 */
export function dataTable(caption, columns, rows) {
  return html`<div class="data-table" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column, index) => html`<th scope="col" class="${kind(column, index)}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column, index) => cell(column, index, row))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The same numbers as the chart above it. @param {string} id @param {unknown} table */
export function asTable(id, table) {
  return html`<details class="as-table" id="table-${id}">
    <summary>Show as table</summary>
    ${table}
  </details>`;
}

function cell(column, index, row) {
  if (index === 0) return html`<th scope="row" class="words">${column.cell(row)}</th>`;
  return html`<td class="${kind(column, index)}">${column.cell(row)}</td>`;
}

function kind(column, index) {
  return column.words || index === 0 ? "words" : "number";
}
