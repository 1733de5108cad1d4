/** Others who look at the account see what one person changed, without asking (G6). */
import { type NamedRoute, watchedGroups } from '#contract'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'

export function tellChanged(
  kernel: Pick<ServerKernel, 'catalog' | 'events' | 'wallMs'>,
  named: NamedRoute,
  identity: Identity,
): void {
  const group = watchedGroups.find((one) => one === named.group)
  if (identity.kind !== 'user' || named.route.repeat === 'safe' || group === undefined) return
  kernel.events.publish(identity.accountId, {
    kind: 'records.changed',
    eventId: kernel.catalog.newId('event'),
    at: kernel.wallMs(),
    group,
  })
}
