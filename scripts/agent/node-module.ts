// Stands in for node:module in the single executable: koffi is a part of it, everything else is Node's own.
import { createRequire as nodeCreateRequire } from 'node:module'
import { loadNative } from './native-part.ts'

export function createRequire(from: string | URL): (name: string) => unknown {
  const usual = nodeCreateRequire(from)
  return (name) => (/^(?:@koromix\/)?koffi/.test(name) ? loadNative() : usual(name))
}
