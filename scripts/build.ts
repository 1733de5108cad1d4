// Bundles Holdfast into dist/ for publishing; development runs the sources.
//
// The entries share their chunks in one flat directory: `holdfast.js` (bin/main.ts) and, because a
// bundler does not follow `new Worker(…)`, one for each kind of worker. Code that starts a worker finds
// it beside itself, as worker.ts among the sources and as worker.js in the bundle.

import { rmSync } from 'node:fs'
import { build } from 'esbuild'

// Chunks bear hashes in their names: those of an earlier bundle would stay for ever.
rmSync('dist', { recursive: true, force: true })

await build({
  entryPoints: {
    holdfast: 'bin/main.ts',
    worker: 'src/adapters/pool/worker.ts',
    'restore-worker': 'src/adapters/target/restore-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  external: ['koffi', 'fuse-native'],
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  minifySyntax: true,
  sourcemap: false,
  legalComments: 'eof',
  logLevel: 'warning',
})
