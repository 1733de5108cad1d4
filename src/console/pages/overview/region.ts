/** Which region the overview is of, as it stands in its address. */
export type OverviewRegion = { readonly region?: string }

const textMax = 64

export function readOverviewRegion(search: Readonly<Record<string, unknown>>): OverviewRegion {
  // A name that looks like a number stands as a number in an address.
  const region = typeof search['region'] === 'number' ? `${search['region']}` : search['region']
  return typeof region === 'string' && region !== '' && region.length <= textMax ? { region } : {}
}
