/** Which tab of the page of an instance is open, as it stands in its address. */

export const instanceTabs = ['history', 'files', 'jobs', 'restores', 'settings'] as const
export type InstanceTab = (typeof instanceTabs)[number]

export function readInstanceTab(search: Readonly<Record<string, unknown>>): {
  readonly tab?: InstanceTab
  /** What is searched for. */
  readonly pattern?: string
} {
  const tab = instanceTabs.find((one) => one === search['tab'])
  const pattern = search['pattern']
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(tab === 'files' && typeof pattern === 'string' && pattern !== '' ? { pattern } : {}),
  }
}
