/** Loads the product's sources with patches. Must run before the first of them is imported. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Patch } from './patches.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export function patchSources(patches: readonly Patch[]): void {
  const sources = new Map<string, string>()
  for (const patch of patches) {
    const path = join(root, patch.file)
    const url = pathToFileURL(path).href
    sources.set(url, apply(sources.get(url) ?? readFileSync(path, 'utf8'), patch))
  }
  registerHooks({
    load(url, context, next) {
      const source = sources.get(url)
      if (source === undefined) return next(url, context)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}

/** @throws unless the pattern stands in the source just once */
export function apply(source: string, { file, find, put }: Patch): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(`${file} has ${parts.length - 1} times what a patch looks for: ${find}`)
  return parts.join(put)
}
