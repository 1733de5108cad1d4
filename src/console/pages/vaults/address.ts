/** What of the pages of vaults stands in their addresses. */

export const vaultTabs = ['points', 'held', 'trash'] as const
export type VaultTab = (typeof vaultTabs)[number]

export type VaultFilter = { readonly search?: string }
const textMax = 64

export function readVaultTab(search: Readonly<Record<string, unknown>>): {
  readonly tab?: VaultTab
} {
  const tab = vaultTabs.find((one) => one === search['tab'])
  return tab === undefined ? {} : { tab }
}

export function readVaultFilter(search: Readonly<Record<string, unknown>>): VaultFilter {
  const text = search['search']
  // A search for a number stands as a number in an address.
  if (typeof text !== 'string' && typeof text !== 'number') return {}
  const wanted = String(text).trim().slice(0, textMax)
  return wanted === '' ? {} : { search: wanted }
}
