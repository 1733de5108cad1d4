/** Gives up clients that are silent (A5), and tells who is lost and who is back (H4). */
import type { Client } from '../catalog/instances/clients.ts'
import { listInstanceNames } from '../catalog/instances/instances.ts'
import {
  failStalledDeployments,
  forgetLost,
  giveUpClients,
  listLostNews,
  markLostTold,
} from '../catalog/instances/lost-clients.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Notices } from '../notices.ts'
import { lostAfterMs } from '../services/protection/client-contact.ts'
import { announceStatus } from '../services/protection/instance-facts.ts'

/** As long as the original waits for an installation. */
const deploymentMaxMs = 15 * 60_000

/** How many were given up. */
export async function giveUpSilent(kernel: ServerKernel, now: number): Promise<number> {
  const { db } = kernel.catalog
  const lost = await giveUpClients(db, now - lostAfterMs, now)
  const failed = await failStalledDeployments(db, now - deploymentMaxMs, now)
  for (const { instanceId } of [...lost, ...failed]) await announceStatus(kernel, instanceId)
  return lost.length
}

export async function tellLostClients(kernel: ServerKernel, notices: Notices): Promise<void> {
  const { db } = kernel.catalog
  const { lost, back } = await listLostNews(db)
  const names = await listInstanceNames(
    db,
    [...lost, ...back].map(({ instanceId }) => instanceId),
  )
  const headOf = ({ accountId, regionId, instanceId }: Client) => ({
    accountId,
    regionId,
    at: kernel.wallMs(),
    instanceId,
    instanceName: names.get(instanceId) ?? instanceId,
  })
  for (const client of lost) {
    const lastHeardAt = client.heardAt ?? undefined
    await notices.raise({ ...headOf(client), kind: 'CLIENT_LOST', lastHeardAt })
    await markLostTold(db, client.id)
  }
  for (const client of back) {
    await notices.raise({ ...headOf(client), kind: 'client-back' })
    await forgetLost(db, client.id)
    await announceStatus(kernel, client.instanceId)
  }
}
