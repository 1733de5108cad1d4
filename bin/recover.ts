// A server's catalog made anew from what is left of it.

import { randomBytes } from 'node:crypto'
import { systemClock } from '#adapters/clock'
import {
  openCatalog,
  openLog,
  type RecoveredCatalog,
  recoverCatalog,
  type ServerConfiguration,
} from '#server'
import { ownBackupPorts } from './own-backup.ts'
import { holdData, openGatewayPorts } from './server.ts'

/** Fills the empty catalog of a server that does not run. */
export async function recoverServer(
  configuration: ServerConfiguration,
  environment: NodeJS.ProcessEnv,
  tell: (sentence: string) => void,
  signal: AbortSignal,
): Promise<RecoveredCatalog> {
  const clock = systemClock()
  const wallMs = () => Math.floor(clock.now().wallMs)
  await using gateway = await openGatewayPorts(configuration, {
    environment,
    clock,
    mayMake: false,
  })
  // A server that runs on this catalog would go on with what it knew of it.
  await using _held = await holdData(configuration, 'a recovery of the catalog')
  const log = openLog('error', process.stderr)
  await using catalog = await openCatalog(configuration.catalog, {
    wallMs,
    random: (length) => new Uint8Array(randomBytes(length)),
    sleep: (milliseconds) => clock.sleep(milliseconds, signal),
    report: (problem) => log.warn({ problem }, 'a connection to the catalog broke'),
  })
  const own = ownBackupPorts(configuration)
  const storages = [...configuration.storages.values()]
  const parts = { catalog, gateway: gateway.ports, own, wallMs, log, storages, tell }
  return await recoverCatalog(parts, signal)
}
