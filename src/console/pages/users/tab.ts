/** Which tab of the page of users is open, as it stands in its address. */
export function readUsersTab(search: Readonly<Record<string, unknown>>): {
  readonly tab?: 'tokens'
} {
  return search['tab'] === 'tokens' ? { tab: 'tokens' } : {}
}
