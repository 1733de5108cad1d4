/** What a call says of the instances that it is about, as the catalog looks for them. */
import type { AccountId, InstanceFilter } from '#contract'
import type { ShownInstanceFilter } from '../../catalog/instances/instance-list.ts'

export function instanceFilterOf(given: InstanceFilter, accountId: AccountId): ShownInstanceFilter {
  return {
    accountId,
    regionId: given.regionId,
    vaultId: given.vaultId,
    states: given.state,
    clientStatuses: given.clientStatus,
    runningStatuses: given.runningStatus,
    methods: given.protection,
    system: given.system,
    hasVersions: given.hasVersion,
    tags: (given.tag ?? []).map(parseTag),
    search: given.search,
  }
}

/** `key`, or `key=value`. */
function parseTag(text: string) {
  const at = text.indexOf('=')
  return at < 0
    ? { name: text, value: undefined }
    : { name: text.slice(0, at), value: text.slice(at + 1) }
}
