// The composition root: the only place that plugs adapters into ports.

import { readFileSync } from 'node:fs'

/** Runs one command; resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const description: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  process.stdout.write(`holdfast ${description.version} ${argv.join(' ')}\n`)
  return 0
}
