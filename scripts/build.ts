// Bundles Holdfast into dist/ for publishing; development runs the sources.
//
// Two entries share their chunks in one flat directory: `holdfast.js` (bin/main.ts) and, because a
// bundler does not follow `new Worker(…)`, `worker.js`. Code that starts the worker finds it beside
// itself, as worker.ts among the sources and as worker.js in the bundle.

import { existsSync } from 'node:fs'
import { build } from 'esbuild'

const worker = 'src/adapters/pool/worker.ts'

await build({
  entryPoints: { holdfast: 'bin/main.ts', ...(existsSync(worker) ? { worker } : {}) },
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
