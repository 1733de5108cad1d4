/**
 * Statements that make tables, written once for both databases. They use three words that each database reads its own
 * way: `text` compares by bytes in both, `integer` has 64 bits, `bytes` are bytes. What cannot be said in common is
 * said for each.
 */
export type Engine = 'sqlite' | 'postgres'

export type Statement = string | Readonly<Record<Engine, string>>

export type Migration = {
  readonly number: number
  readonly name: string
  readonly statements: readonly Statement[]
}

export function renderStatement(statement: Statement, engine: Engine): string {
  if (typeof statement !== 'string') return statement[engine]
  if (engine === 'sqlite') {
    const text = statement.replace(/\bbytes\b/g, 'blob')
    // Strict: a column refuses a value that is not of its type, as PostgreSQL's does.
    return /^create table/.test(text) ? `${text} strict` : text
  }
  return statement
    .replace(/\bbytes\b/g, 'bytea')
    .replace(/\binteger\b/g, 'bigint')
    .replace(/\btext\b/g, 'text collate "C"')
}

/** A choice of words as a constraint: a row with another word cannot be. */
export function oneOf(column: string, words: readonly string[]): string {
  return `check (${column} in (${words.map((word) => `'${word}'`).join(', ')}))`
}
