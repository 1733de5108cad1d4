// Writes docs/errors.md from the catalogue of src/base (run: `npm run docs`); a test compares them.

import { writeFileSync } from 'node:fs'
import { catalogue } from '#base'

type Row = {
  readonly kind: string
  readonly exit: number
  readonly status: number
  readonly says: string
  readonly advise: string
}

const kinds: Readonly<Record<string, string>> = {
  refused: 'Something must change before it can work.',
  unavailable: 'The same command may work later.',
  damaged: 'Stored bytes are not what they must be.',
  aborted: 'Ended on request.',
}

export function renderErrorsPage(rows: Readonly<Record<string, Row>>): string {
  const found = new Set(Object.values(rows).map(({ kind }) => kind))
  const sections = [...new Set([...Object.keys(kinds), ...found])]
    .filter((kind) => found.has(kind))
    .map((kind) => renderKind(kind, rows))
  return `# Errors

Every error has a code, which scripts may rely on (\`--json\` prints it as \`code\`); its text may be improved
at any time. Words in braces are filled in. This page is written from the catalogue in \`src/base/catalogue.ts\`
by \`npm run docs\`.

${sections.join('\n')}
## When verify finds something

Nothing is lost yet that \`verify\` does not name: each problem lists the points and files that it affects; all other
files of all points are as they were.

1. Copy the vault folder elsewhere if the disk may be failing (\`dmesg\`, \`smartctl -a\`).
2. \`holdfast repair\`, then the same with \`--apply\` (with \`--read-data\` when the problem is in a pack): damaged
   packs are set aside, copies and the index are made again. It removes nothing.
3. \`holdfast backup\` of the same sources: what the source still has is stored again, which heals older points that
   share the content.
4. \`holdfast verify --read-data\`: what is still listed is lost. The other files of the point restore as usual, and
   \`holdfast find\` shows other points that have the file.
`
}

function renderKind(kind: string, rows: Readonly<Record<string, Row>>): string {
  const lines = Object.entries(rows)
    .filter(([, row]) => row.kind === kind)
    .map(([code, row]) => {
      const cells = [`\`${code}\``, row.says, row.advise, String(row.exit), String(row.status)]
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
  return `## ${kind}

${kinds[kind] ?? ''}

| code | says | advice | exit code | HTTP status |
|---|---|---|---|---|
${lines.join('\n')}
`
}

if (import.meta.main) {
  const page = new URL('../docs/errors.md', import.meta.url)
  writeFileSync(page, renderErrorsPage(catalogue))
}
