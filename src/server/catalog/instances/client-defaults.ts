/** The row of a client that is not there yet, without whose it is. */
export const clientDefaults = {
  status: 'NOT_INSTALLED',
  version: null,
  identity: null,
  identityUntil: null,
  revokedAt: null,
  process: null,
  heardAt: null,
  problemCode: null,
  problem: null,
  alertSetting: 'inherit',
  alertChannels: [],
} as const
