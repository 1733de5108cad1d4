/** A region as it stands in an address that anybody may have typed. */
const textMax = 64

export function regionIn(search: Readonly<Record<string, unknown>>): { readonly region?: string } {
  // A name that looks like a number stands as a number in an address.
  const region = typeof search['region'] === 'number' ? `${search['region']}` : search['region']
  return typeof region === 'string' && region !== '' && region.length <= textMax ? { region } : {}
}
