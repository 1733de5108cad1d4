/**
 * The builds of the client in a folder, as `npm run build:client` makes them. Each is read through and compared with what
 * the manifest says before it is handed out, and signed: by the makers, when they had a key, or by this installation. A
 * folder that changes is read anew at the next question.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, failure } from '#base'
import {
  type ClientBuild,
  type ClientManifest,
  clientBuilds,
  encodeBuildStatement,
} from '#contract'
import type { BuildSigner } from './installation-key.ts'

export type BuildContent = { readonly content: AsyncIterable<Uint8Array>; readonly length: number }

export interface ClientBuilds {
  /** Without builds when there is no folder: then machines are activated with a client from elsewhere. */
  manifest(): Promise<ClientManifest>
  /** @throws record.not-found */
  open(build: ClientBuild): Promise<BuildContent>
}

export type BuildsRequest = {
  readonly folder: string
  /** Signs what the makers did not sign. */
  readonly signer: BuildSigner
  /** What the manifest says when there are no builds. */
  readonly version: string
}

/** As scripts/build-agent.ts writes it. */
type StoredManifest = {
  readonly version: string
  readonly publicKey?: string
  readonly builds: readonly StoredBuild[]
}
type StoredBuild = {
  readonly build: ClientBuild
  readonly bytes: number
  readonly sha256: string
  readonly signature?: string
}

const manifestName = 'manifest.json'

export function openClientBuilds(request: BuildsRequest): ClientBuilds {
  let known: { readonly mark: string; readonly manifest: ClientManifest } | undefined
  const current = async (): Promise<ClientManifest> => {
    const mark = await markOf(join(request.folder, manifestName))
    if (known?.mark !== mark) known = { mark, manifest: await readManifest(request, mark) }
    return known.manifest
  }
  return {
    manifest: current,
    async open(build) {
      const { builds } = await current()
      const found = builds.find((one) => one.build === build)
      if (found === undefined)
        throw failure('record.not-found', { kind: 'client build', id: build })
      return await openBuild(join(request.folder, build), found.bytes)
    },
  }
}

const nothing = 'nothing'

/** Another one whenever the manifest may be another. */
async function markOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch (problem) {
    if (isMissing(problem)) return nothing
    throw problem
  }
}

async function readManifest(
  { folder, signer, version }: BuildsRequest,
  mark: string,
): Promise<ClientManifest> {
  if (mark === nothing) return { version, publicKey: signer.publicKey, builds: [] }
  const stored = parseManifest(await readFile(join(folder, manifestName), 'utf8'), folder)
  const signed = await Promise.all(
    stored.builds.map(async (build) => {
      await checkContent(folder, build)
      return { ...build, signature: signatureOf(build, { stored, signer, folder }) }
    }),
  )
  return {
    version: stored.version,
    publicKey: stored.publicKey ?? signer.publicKey,
    builds: signed,
  }
}

function parseManifest(text: string, folder: string): StoredManifest {
  const unusable = (problem: string) => failure('client.builds-unusable', { path: folder, problem })
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    throw unusable(`${manifestName} is no JSON`)
  }
  if (!isManifest(said)) throw unusable(`${manifestName} is not as the build writes it`)
  const names = said.builds.map(({ build }) => build)
  if (new Set(names).size < names.length) throw unusable('a build is listed twice')
  return said
}

function isManifest(said: unknown): said is StoredManifest {
  return (
    isRecord(said) &&
    typeof said['version'] === 'string' &&
    /^\d+\.\d+\.\d+[0-9A-Za-z.+-]{0,20}$/.test(said['version']) &&
    isTextOrAbsent(said['publicKey']) &&
    Array.isArray(said['builds']) &&
    said['builds'].every(isStoredBuild)
  )
}

function isStoredBuild(said: unknown): said is StoredBuild {
  return (
    isRecord(said) &&
    clientBuilds.some((build) => build === said['build']) &&
    Number.isSafeInteger(said['bytes']) &&
    typeof said['sha256'] === 'string' &&
    /^[0-9a-f]{64}$/.test(said['sha256']) &&
    isTextOrAbsent(said['signature'])
  )
}

function isRecord(said: unknown): said is Readonly<Record<string, unknown>> {
  return typeof said === 'object' && said !== null
}

function isTextOrAbsent(said: unknown): boolean {
  return said === undefined || typeof said === 'string'
}

async function checkContent(folder: string, { build, sha256 }: StoredBuild): Promise<void> {
  const hash = createHash('sha256')
  try {
    for await (const bytes of createReadStream(join(folder, build))) hash.update(bytes)
  } catch (problem) {
    const context = { path: folder, problem: `${build} cannot be read` }
    throw failure('client.builds-unusable', context, problem)
  }
  if (hash.digest('hex') === sha256) return
  const problem = `${build} is not the file that ${manifestName} describes`
  throw failure('client.builds-unusable', { path: folder, problem })
}

type SigningPlace = {
  readonly stored: StoredManifest
  readonly signer: BuildSigner
  readonly folder: string
}

function signatureOf(
  { build, sha256, signature }: StoredBuild,
  { stored, signer, folder }: SigningPlace,
): string {
  const statement = encodeBuildStatement({ version: stored.version, build, sha256 })
  if (stored.publicKey === undefined) return signer.sign(statement)
  // Clients would refuse it: better that the server says so than a thousand machines.
  if (signature === undefined || !isSigned(statement, signature, stored.publicKey)) {
    const problem = `the signature of ${build} is not by the key of ${manifestName}`
    throw failure('client.builds-unusable', { path: folder, problem })
  }
  return signature
}

function isSigned(statement: Uint8Array, signature: string, publicKey: string): boolean {
  try {
    const key = createPublicKey(publicKey)
    const isRight = key.asymmetricKeyType === 'ed25519'
    return isRight && verify(null, statement, key, Buffer.from(signature, 'base64'))
  } catch {
    return false // text that is no key signs nothing
  }
}

async function openBuild(path: string, bytes: number): Promise<BuildContent> {
  const file = await open(path, 'r')
  const { size } = await file.stat()
  if (size !== bytes) {
    await file.close()
    const problem = 'a build is being replaced; ask again in a moment'
    throw failure('client.builds-unusable', { path, problem })
  }
  assert(bytes > 0, 'a build that was compared with its digest is not empty')
  return { content: file.createReadStream(), length: bytes }
}

function isMissing(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOENT'
}
