// The program as texts, one for the main thread and one for each kind of worker, for the single executable.
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { commonJsNames, mainPart, notBundled, workerParts } from '../program-parts.ts'

export type Bundles = {
  readonly main: string
  /** By the name of the asset. */
  readonly workers: ReadonlyMap<string, string>
}

export async function bundleParts(): Promise<Bundles> {
  const workers = await Promise.all(
    Object.entries(workerParts).map(
      async ([name, path]) => [`${name}.cjs`, await bundle(path, forWorker)] as const,
    ),
  )
  return { main: await bundle(mainPart.holdfast, forMain), workers: new Map(workers) }
}

const forMain: BuildOptions = {
  format: 'esm',
  banner: { js: commonJsNames },
}

/** A thread that is given its program as text takes CommonJS only, which knows no import.meta. */
const forWorker: BuildOptions = {
  format: 'cjs',
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.main': 'false' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(process.execPath).href;" },
}

async function bundle(path: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [path],
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
  const [file] = outputFiles
  if (file === undefined) throw new Error(`The bundler made nothing of ${path}.`)
  return file.text
}

const ours = /\/(?:src|bin)\//

/** What looks for files beside itself looks inside the executable instead. */
const standIns: Plugin = {
  name: 'parts of the executable',
  setup({ onResolve }) {
    const put = (filter: RegExp, file: string) =>
      onResolve({ filter }, ({ importer }) =>
        ours.test(importer) && !importer.includes('/node_modules/')
          ? { path: new URL(file, import.meta.url).pathname }
          : undefined,
      )
    put(/^node:worker_threads$/, 'worker-threads.ts')
    put(/^node:module$/, 'node-module.ts')
    put(/^\.\/packaged\.ts$/, 'packaged.ts')
  },
}
