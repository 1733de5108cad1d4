// Reads the table of docs/dependencies.md: the one place that says who may import which package.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageRights } from './layers.ts'
import { root } from './source-files.ts'

export function readPackageRights(): PackageRights {
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const rows = page.matchAll(/^\| (?<names>`[^|]+`) \|.*\| (?<rooms>[^|]*) \|$/gm)
  return Object.fromEntries(
    [...rows].flatMap(({ groups }) => {
      const names = (groups?.['names'] ?? '').replaceAll('`', '').split(', ')
      return names.map((name) => [name, (groups?.['rooms'] ?? '').split(', ')])
    }),
  )
}

export function listDependencies(): readonly string[] {
  const description: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((group) =>
    Object.keys(description[group] ?? {}),
  )
}
