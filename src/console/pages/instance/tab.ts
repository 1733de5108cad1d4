/** Which tab of the page of an instance is open, as it stands in its address. */
import { type FileSearch, readFileSearch } from '../point/file-search.ts'

export const instanceTabs = ['history', 'files', 'jobs', 'restores', 'settings'] as const
export type InstanceTab = (typeof instanceTabs)[number]

export function readInstanceTab(
  search: Readonly<Record<string, unknown>>,
): FileSearch & { readonly tab?: InstanceTab } {
  const tab = instanceTabs.find((one) => one === search['tab'])
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(tab === 'files' ? readFileSearch(search) : {}),
  }
}
