// Builds the web console into dist/console, which the server hands out. With --if-stale only when a source is newer.
import { globSync, statSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

if (!process.argv.includes('--if-stale') || isStale()) await buildConsole()

async function buildConsole(): Promise<void> {
  const begun = new Date()
  await build({
    configFile: false,
    root: at('src/console'),
    plugins: [react()],
    logLevel: 'warn',
    build: {
      outDir: at('dist/console'),
      emptyOutDir: true,
      target: 'es2024',
      // The policy of the page lets nothing be made of text, and its scripts come from files.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 900,
    },
  })
  // What is edited while it is built is newer than what was built.
  utimesSync(at('dist/console/index.html'), begun, begun)
}

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
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: at('') }))
  return Math.max(0, ...files.map((file) => statSync(at(file)).mtimeMs))
}
