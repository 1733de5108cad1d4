// The program as texts for the single executable: the modules of the main thread, and a program for each kind of worker.
import { basename, relative } from 'node:path'
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild'
import { commonJsNames, mainPart, notBundled, workerParts } from '../program-parts.ts'

export type Bundles = {
  /** What the executable starts with; finds the modules. */
  readonly start: string
  /** By the name of the asset. */
  readonly assets: ReadonlyMap<string, string>
}

export async function bundleParts(): Promise<Bundles> {
  const [start] = await bundle({ start: 'scripts/agent/start.ts' }, { format: 'cjs' })
  if (start === undefined) throw new Error('The bundler made nothing of the start.')
  const modules = await bundle({ ...mainPart }, forMain)
  const workers = await bundle({ ...workerParts }, forWorkers)
  return {
    start: start.text,
    assets: new Map([
      ...modules.map(({ path, text }) => [`parts/${basename(path)}`, text] as const),
      ...workers.map(({ path, text }) => [basename(path), text] as const),
    ]),
  }
}

const forMain: BuildOptions = { format: 'esm', splitting: true, banner: { js: commonJsNames } }

/** A thread that is given its program as text takes CommonJS only, which knows no import.meta. */
const forWorkers: BuildOptions = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.main': 'false' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(process.execPath).href;" },
}

async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  options: BuildOptions,
): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: { ...entryPoints },
    outdir: 'dist',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node26',
    external: [...notBundled],
    plugins: [standIns],
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
  })
  return outputFiles ?? []
}

/** What looks for files beside itself looks inside the executable instead. */
const standIns: Plugin = {
  name: 'parts of the executable',
  setup({ onResolve }) {
    const put = (filter: RegExp, file: string) =>
      onResolve({ filter }, ({ importer }) =>
        /^(?:src|bin)\//.test(relative('.', importer))
          ? { path: new URL(file, import.meta.url).pathname }
          : undefined,
      )
    put(/^node:worker_threads$/, 'worker-threads.ts')
    put(/^node:module$/, 'node-module.ts')
    put(/^\.\/packaged\.ts$/, 'packaged.ts')
  },
}
