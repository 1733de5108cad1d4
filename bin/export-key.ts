// A key file for one vault of a server that does not run.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#adapters/clock'
import { Argon2Stretcher } from '#adapters/keys'
import { failure } from '#base'
import { exportVaultKey, openCatalog, openLog, type ServerConfiguration } from '#server'
import { holdData, openGatewayPorts } from './server.ts'

export type KeyFileExport = {
  readonly vaultId: string
  readonly name: string
  /** The folder of the vault. */
  readonly path: string
  readonly slotId: string
  /** False: the catalog is lost, so there is no audit log. */
  readonly isAudited: boolean
}

/** @param secret of the key file, which its caller has kept already */
export async function exportKey(
  configuration: ServerConfiguration,
  environment: NodeJS.ProcessEnv,
  asked: { readonly vault: string; readonly secret: Uint8Array },
  signal: AbortSignal,
): Promise<KeyFileExport> {
  const clock = systemClock()
  const wallMs = () => Math.floor(clock.now().wallMs)
  await using stack = new AsyncDisposableStack()
  const { ports } = stack.use(
    await openGatewayPorts(configuration, { environment, clock, mayMake: false }),
  )
  // A server that runs owns its vaults.
  stack.use(await holdData(configuration, 'an export of a key'))
  const catalog = isLost(configuration)
    ? undefined
    : stack.use(
        await openCatalog(configuration.catalog, {
          wallMs,
          random: (length) => new Uint8Array(randomBytes(length)),
          sleep: (milliseconds) => clock.sleep(milliseconds, signal),
          report: (problem) => log.warn({ problem }, 'a connection to the catalog broke'),
        }),
      )
  const parts = { ports, stretcher: new Argon2Stretcher(), catalog, wallMs }
  const credential = { kind: 'key-file', secret: asked.secret } as const
  const who = userInfo().username
  const exported = await exportVaultKey(parts, { vault: asked.vault, credential, who }, signal)
  const { vaultId, name, slotId, place } = exported
  const path = folderOf(configuration, place)
  return { vaultId, name, path, slotId, isAudited: catalog !== undefined }
}

const log = openLog('error', process.stderr)

function isLost({ catalog }: ServerConfiguration): boolean {
  return catalog.kind === 'sqlite' && !existsSync(catalog.path)
}

function folderOf(
  { storages }: ServerConfiguration,
  place: Readonly<Record<string, unknown>>,
): string {
  const [storage, folder] = [place['storage'], place['folder']]
  const root = typeof storage === 'string' ? storages.get(storage) : undefined
  if (root === undefined || typeof folder !== 'string')
    throw failure('object.damaged', {
      object: 'the place of a vault',
      problem: 'it names no folder',
    })
  return join(root, folder)
}
