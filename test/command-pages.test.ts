// The help, the pages and the table of commands are one thing.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue } from '#base'
import { type Command, commandEntries, exitCodes, exitsOf, isGroup } from '#cli'
import { renderCommandPages } from '../scripts/command-pages.ts'
import { root } from './house/source-files.ts'

const folder = join(root, 'docs/commands')

async function listCommands(): Promise<readonly Command[]> {
  const loaded = await Promise.all(commandEntries.map(({ load }) => load()))
  return loaded.flatMap((command) => (isGroup(command) ? command.commands : [command]))
}

test('docs/commands is what `npm run docs` writes', async () => {
  const pages = await renderCommandPages()
  deepEqual(readdirSync(folder).sort(), pages.map(({ name }) => name).sort())
  for (const { name, text } of pages) equal(readFileSync(join(folder, name), 'utf8'), text, name)
})

test('a row of the table and its command say the same', async () => {
  for (const { name, summary, load } of commandEntries) {
    const command = await load()
    deepEqual({ name: command.name, summary: command.summary }, { name, summary })
  }
})

test('every command has an example, and its exit codes are explained and in the catalogue', async () => {
  const known = new Set(Object.values(catalogue).map(({ exit }) => exit as number))
  for (const command of await listCommands()) {
    ok(command.examples.length > 0, command.name)
    for (const code of exitsOf(command)) {
      ok(exitCodes[code] !== undefined, `${command.name} ${code}`)
      ok(code === 0 || known.has(code), `${command.name} ${code}`)
    }
  }
})
