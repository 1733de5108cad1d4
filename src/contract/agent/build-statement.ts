/**
 * What the signature of a build of the client is made over (Ed25519). The version is part of it, so that nobody passes an
 * old build off as a new one. The digest is of the build as it is downloaded, compressed as gzip: agents check it first
 * and unpack it then.
 */
import type { ClientBuild } from '../path-parameters.ts'

export type BuildStatement = {
  readonly version: string
  readonly build: ClientBuild
  readonly sha256: string
}

export function encodeBuildStatement({ version, build, sha256 }: BuildStatement): Uint8Array {
  const lines = ['holdfast client 1', version, build, sha256]
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}
