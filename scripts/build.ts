// Bundles Holdfast into dist/ for publishing; development runs the sources.
//
// The entries share their chunks in one flat directory: `holdfast.js` (bin/main.ts) and, because a
// bundler does not follow `new Worker(…)`, one for each kind of worker. Code that starts a worker finds
// it beside itself, as worker.ts among the sources and as worker.js in the bundle.

import { globSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import { commonJsNames, mainPart, notBundled, workerParts } from './program-parts.ts'

// Chunks bear hashes in their names: those of an earlier bundle would stay for ever. Builds of the client stay.
for (const old of globSync('dist/*.js')) rmSync(old)

await build({
  entryPoints: { ...mainPart, ...workerParts },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  external: [...notBundled],
  banner: { js: commonJsNames },
  minifySyntax: true,
  sourcemap: false,
  legalComments: 'eof',
  logLevel: 'warning',
})
