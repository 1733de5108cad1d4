/** Which part of the settings is open, as it stands in the address. */

export const settingsTabs = ['you', 'security', 'account', 'server'] as const
export type SettingsTab = (typeof settingsTabs)[number]

export function readSettingsTab(search: Readonly<Record<string, unknown>>): {
  readonly tab?: SettingsTab
} {
  const tab = settingsTabs.find((one) => one === search['tab'])
  return tab === undefined ? {} : { tab }
}
