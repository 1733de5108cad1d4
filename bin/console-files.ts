// The web console as it was built into dist/console. Without it the server answers calls and shows no pages.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ConsoleFile, ConsoleFiles } from '#server'

const media: Readonly<Record<string, string>> = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

export function consoleFiles(): ConsoleFiles | undefined {
  const folder = fileURLToPath(new URL('../dist/console', import.meta.url))
  if (!existsSync(`${folder}/index.html`)) return undefined
  const files = new Map<string, ConsoleFile>()
  for (const name of globSync('**/*', { cwd: folder })) {
    const path = `${folder}/${name}`
    if (!statSync(path).isFile()) continue
    const type = media[name.split('.').at(-1) ?? '']
    if (type === undefined) continue
    const isNamedByContent = name.startsWith('assets/')
    files.set(`/${name}`, { content: readFileSync(path), media: type, isNamedByContent })
  }
  const first = files.get('/index.html')
  if (first !== undefined) files.set('/', first)
  return { find: (path) => files.get(path) }
}
