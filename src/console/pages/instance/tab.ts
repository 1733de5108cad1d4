/** Which tab of the page of an instance is open, as it stands in its address. */

export const instanceTabs = ['history', 'jobs', 'restores', 'settings'] as const
export type InstanceTab = (typeof instanceTabs)[number]

export function readInstanceTab(search: Readonly<Record<string, unknown>>): {
  readonly tab?: InstanceTab
} {
  const tab = instanceTabs.find((one) => one === search['tab'])
  return tab === undefined ? {} : { tab }
}
