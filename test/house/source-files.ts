// The files of the house and what each of them imports.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type SourceText, splitSource } from './source-text.ts'

export const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '')

/** `path` is relative to the root of the project. */
export type SourceFile = { readonly path: string; readonly text: string } & SourceText

export type Import = {
  readonly specifier: string
  /** A type import leaves no trace at run time. */
  readonly kind: 'value' | 'type'
}

const ignored = ['node_modules', 'dist', 'golden', 'results']

export function listSourceFiles(folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => walk(join(root, folder)))
    .filter((path) => /\.(ts|tsx|js|mjs)$/.test(path))
    .sort()
    .map((path) => sourceFile(relative(root, path), readFileSync(path, 'utf8')))
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, ...splitSource(text) }
}

export function listImports(file: SourceFile): readonly Import[] {
  const found: Import[] = []
  const add = (pattern: RegExp, kindOf: (match: RegExpExecArray) => Import['kind']) => {
    for (const match of file.text.matchAll(pattern)) {
      const specifier = match.groups?.['specifier']
      // Blank in the code means that the match stands in a comment or in a string.
      const isCode = /\S/.test(file.code[match.index] ?? '')
      if (isCode && specifier !== undefined) found.push({ specifier, kind: kindOf(match) })
    }
  }
  add(/^(import|export)\b(?<clause>[^'";]*?)\bfrom\s+['"](?<specifier>[^'"]+)['"]/gm, (match) =>
    /^\s+type\b/.test(match.groups?.['clause'] ?? '') ? 'type' : 'value',
  )
  add(/^import\s+['"](?<specifier>[^'"]+)['"]/gm, () => 'value')
  add(/\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g, () => 'value')
  add(/\brequire\(\s*['"](?<specifier>[^'"]+)['"]/g, () => 'value')
  add(/\bnew Worker\(\s*new URL\(\s*['"](?<specifier>[^'"]+)['"]/g, () => 'type')
  return found
}

function walk(path: string): readonly string[] {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry === undefined) return []
  if (!entry.isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => !ignored.includes(name))
    .flatMap((name) => walk(join(path, name)))
}
