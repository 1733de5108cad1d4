// Makes the self-contained Holdfast that servers hand out: one executable for each architecture, which needs neither Node
// nor npm where it runs. It is the same program as everywhere; an agent is `holdfast agent run`.
//
//   node scripts/build-agent.ts [--out FOLDER] [--build NAME]… [--release-key FILE]
//
// FOLDER (dist/client) gets each build, compressed as it is downloaded, and manifest.json, which says of each what it is.
// With a key file (PEM, Ed25519: `openssl genpkey -algorithm ed25519`) the builds are signed; servers sign others with a
// key of their own. The key file is only read, and must never lie inside a clone.
import { spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type ClientBuild, clientBuilds, encodeBuildStatement } from '#contract'
import { type BaseParts, findBaseParts } from './agent/base-parts.ts'
import { type Bundles, bundleParts } from './agent/bundle-parts.ts'
import { stripSymbols } from './agent/strip-symbols.ts'
import { packagedTexts } from './program-parts.ts'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist/client' },
    build: { type: 'string', multiple: true },
    'release-key': { type: 'string' },
    /** Also the executables as they run, not only as they are downloaded. */
    executables: { type: 'boolean', default: false },
  },
})

const out = resolve(options.out)
const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
const releaseKey =
  options['release-key'] === undefined ? undefined : readKey(options['release-key'])
const work = mkdtempSync(join(tmpdir(), 'holdfast-build-'))
try {
  mkdirSync(out, { recursive: true })
  const bundles = await bundleParts()
  const builds = chosenBuilds().flatMap((build) => makeBuild(build, bundles) ?? [])
  if (builds.length === 0) throw new Error('No build could be made.')
  const publicKey =
    releaseKey && createPublicKey(releaseKey).export({ type: 'spki', format: 'pem' })
  writeFileSync(
    join(out, 'manifest.json'),
    `${JSON.stringify({ version, publicKey, builds }, null, 2)}\n`,
  )
} finally {
  rmSync(work, { recursive: true, force: true })
}

function chosenBuilds(): readonly ClientBuild[] {
  const chosen = options.build ?? clientBuilds
  return chosen.map((name) => {
    const known = clientBuilds.find((build) => build === name)
    if (known === undefined)
      throw new Error(`There is no build ${name}; ${clientBuilds.join(', ')}`)
    return known
  })
}

/** Undefined when a part of it cannot be had here and nobody asked for this very build. */
function makeBuild(build: ClientBuild, bundles: Bundles) {
  const parts = findBaseParts(build, work)
  if ('missing' in parts) {
    const sentence = `The build ${build} is not made: ${parts.missing}`
    if (options.build !== undefined) throw new Error(sentence)
    console.warn(sentence)
    return undefined
  }
  const executable = assemble(build, parts, bundles)
  // A fixed time in the header: the same parts give the same bytes.
  const content = gzipSync(executable, { level: 9 })
  const sha256 = createHash('sha256').update(content).digest('hex')
  writeFileSync(join(out, build), content)
  if (options.executables) {
    writeFileSync(join(out, `holdfast-${build}`), executable)
    chmodSync(join(out, `holdfast-${build}`), 0o755)
  }
  console.log(
    `${build}: ${megabytes(executable)} MB, ${megabytes(content)} MB as downloaded, sha256 ${sha256}`,
  )
  const described = { build, bytes: content.length, sha256 }
  if (releaseKey === undefined) return described
  const statement = encodeBuildStatement({ version, build, sha256 })
  return { ...described, signature: sign(null, statement, releaseKey).toString('base64') }
}

function assemble(
  build: ClientBuild,
  base: BaseParts,
  { start, assets: texts }: Bundles,
): Uint8Array {
  const folder = join(work, build)
  mkdirSync(folder)
  const put = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content, { mode: 0o755 })
    return name
  }
  const assets: Record<string, string> = { 'koffi.node': base.koffi, 'LICENSE-node': base.licence }
  for (const path of packagedTexts) assets[path] = resolve(path)
  for (const [name, text] of texts) assets[name] = put(name.replace('/', '-'), text)
  const recipe = {
    // A name without a folder: where it was built is no part of it.
    main: put('start.cjs', start),
    executable: put('node', stripSymbols(readFileSync(base.node))),
    output: 'holdfast',
    assets,
    disableExperimentalSEAWarning: true,
    // What the environment of a root service says must not change how it runs: no NODE_OPTIONS.
    execArgvExtension: 'none',
    execArgv: ['--disable-proto=delete', '--disable-warning=ExperimentalWarning'],
  }
  const file = put('recipe.json', JSON.stringify(recipe))
  const made = spawnSync(process.execPath, [`--build-sea=${file}`], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`Node cannot make ${build}:\n${made.stdout}${made.stderr}`)
  return readFileSync(join(folder, recipe.output))
}

function readKey(path: string): KeyObject {
  const key = createPrivateKey(readFileSync(path))
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${path} is no Ed25519 key.`)
  return key
}

function megabytes(bytes: Uint8Array): string {
  return (bytes.length / 1e6).toFixed(1)
}
