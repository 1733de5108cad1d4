/** Where the browser fetches what was selected, and what it shows in a frame. */
import { type Entry, pathOf, pathToText, type RouteSpec, routes, writeQuery } from '#contract'

type Place = { readonly vaultId: string; readonly pointId: string }

export function downloadAddress(
  place: Place,
  entries: readonly Entry[],
  format: 'file' | 'zip' | 'tar.zst',
): string {
  const query = { path: entries.map(({ path }) => pathToText(path)), format }
  return addressOf(routes.points.download, place, query)
}

export function previewAddress(place: Place, { path }: Entry): string {
  return addressOf(routes.points.preview, place, { path: pathToText(path) })
}

function addressOf(
  route: RouteSpec,
  { vaultId, pointId }: Place,
  query: Readonly<Record<string, unknown>>,
): string {
  const address = pathOf(route)
    .replace('{vaultId}', encodeURIComponent(vaultId))
    .replace('{pointId}', encodeURIComponent(pointId))
  return `${address}?${writeQuery(query)}`
}
