/**
 * Comma-separated values (RFC 4180) that are safe to open: a spreadsheet would take a cell that begins like a formula for
 * one, and a terminal would obey control characters (A18). What does not show is written as an escape.
 */

/** What makes a cell a formula in some spreadsheet, their wide forms too, whatever stands before it unseen. */
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]/u
/** The same after a semicolon: many spreadsheets take that for the end of a cell, quotes or not. */
const laterFormula = /;(?=[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20|%])/gu
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const shown = value.toWellFormed().replace(laterFormula, ";'").replace(hidden, escaped)
  const guarded = formula.test(value) ? `'${shown}` : shown
  return /[",\r\n']|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

const encoder = new TextEncoder()
const charactersPerPiece = 64 * 1024

/** Lines as bytes, in pieces that are worth sending. */
export async function* csvBytes(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let held = ''
  for await (const line of lines) {
    held += line
    if (held.length < charactersPerPiece) continue
    yield encoder.encode(held)
    held = ''
  }
  if (held !== '') yield encoder.encode(held)
}
