/**
 * A line of CSV (RFC 4180). Spreadsheets run cells that begin with certain signs as formulas, whatever the quotes say; such
 * cells get an apostrophe in front, which shows that they are text (A18).
 */
const formulaStart = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%]|^[\t\r\n]/u
const needsQuotes = /[",\r\n]|^\s|\s$/

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(text: string): string {
  const inert = formulaStart.test(text) ? `'${text}` : text
  return needsQuotes.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
