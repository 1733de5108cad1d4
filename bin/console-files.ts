// The web console as it was built into dist/console. Without it the server answers calls and shows no pages.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { ConsoleFile, ConsoleFiles } from '#server'

const consoleFolder = fileURLToPath(new URL('../dist/console', import.meta.url))

const media: Readonly<Record<string, string>> = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

/** Whether the console was built. */
export function hasConsole(): boolean {
  return existsSync(`${consoleFolder}/index.html`)
}

export function consoleFiles(): ConsoleFiles | undefined {
  if (!hasConsole()) return undefined
  const folder = consoleFolder
  const files = new Map<string, ConsoleFile>()
  for (const name of globSync('**/*', { cwd: folder })) {
    const path = `${folder}/${name}`
    if (!statSync(path).isFile()) continue
    const type = media[name.split('.').at(-1) ?? '']
    if (type === undefined) continue
    const isNamedByContent = name.startsWith('assets/')
    const content = readFileSync(path)
    const file = { content, media: type, isNamedByContent }
    files.set(
      `/${name}`,
      isNamedByContent ? { ...file, gzip: once(() => gzipSync(content)) } : file,
    )
  }
  const first = files.get('/index.html')
  if (first !== undefined) files.set('/', first)
  return { find: (path) => files.get(path) }
}

/** Made when it is first asked for, and kept. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
