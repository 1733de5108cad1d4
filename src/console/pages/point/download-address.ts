/** Where the browser fetches what was selected. */
import { type Entry, pathOf, pathToText, routes, writeQuery } from '#contract'

export function downloadAddress(
  { vaultId, pointId }: { readonly vaultId: string; readonly pointId: string },
  entries: readonly Entry[],
  format: 'file' | 'zip' | 'tar.zst',
): string {
  const address = pathOf(routes.points.download)
    .replace('{vaultId}', encodeURIComponent(vaultId))
    .replace('{pointId}', encodeURIComponent(pointId))
  return `${address}?${writeQuery({ path: entries.map(({ path }) => pathToText(path)), format })}`
}
