// Writes docs/api/openapi.json from the table of routes (run: `npm run docs`); a test compares them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { openApiDocument } from '#contract'

const root = new URL('../', import.meta.url)
const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
)
mkdirSync(new URL('docs/api/', root), { recursive: true })
writeFileSync(
  new URL('docs/api/openapi.json', root),
  `${JSON.stringify(openApiDocument(version), null, 1)}\n`,
)
