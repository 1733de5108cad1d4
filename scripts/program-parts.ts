/**
 * The files that the program is made of. A bundler does not follow `new Worker(…)`, so each kind of worker is an entry of
 * its own; the code that starts one finds it by this name beside itself.
 */
export const mainPart = { holdfast: 'bin/main.ts' } as const
export const workerParts = {
  worker: 'src/adapters/pool/worker.ts',
  'restore-worker': 'src/adapters/target/restore-worker.ts',
  'folder-worker': 'src/agent/folders/folder-worker.ts',
} as const

/** What the program reads of its own package besides code. */
export const packagedTexts = [
  'package.json',
  'LICENSE',
  'packaging/install.sh',
  'packaging/holdfast-agent.service',
  'packaging/holdfast-server.service',
] as const

/**
 * What no bundle can hold: packages with native parts. The last two are what ssh2 would be faster with and does without;
 * they are never built here.
 */
export const notBundled = ['koffi', 'fuse-native', 'cpu-features', '*.node'] as const

/** Before every module that is bundled: packages in CommonJS look for these. */
export const commonJsNames = [
  "import { createRequire as bundleRequire } from 'node:module';",
  "import { dirname as bundleFolder } from 'node:path';",
  "import { fileURLToPath as bundlePath } from 'node:url';",
  'const require = bundleRequire(import.meta.url);',
  'const __filename = bundlePath(import.meta.url);',
  'const __dirname = bundleFolder(__filename);',
].join(' ')
