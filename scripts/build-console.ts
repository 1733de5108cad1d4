// Builds the web console into dist/console, which the server hands out. With --if-stale only when a source is newer.
import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const config = fileURLToPath(new URL('../src/console/vite.config.ts', import.meta.url))

if (!process.argv.includes('--if-stale') || isStale())
  await build({ configFile: config, logLevel: 'warn' })

function isStale(): boolean {
  const built = newest(['dist/console/index.html'])
  const sources = [
    'src/console/**/*',
    'src/contract/**/*.ts',
    'src/engine/**/*.ts',
    'src/base/*.ts',
  ]
  return built === 0 || newest([...sources, 'package-lock.json']) > built
}

function newest(patterns: readonly string[]): number {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }))
  return Math.max(0, ...files.map((file) => statSync(`${root}/${file}`).mtimeMs))
}
