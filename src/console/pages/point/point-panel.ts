/** What is open beside the files of a point, as it stands in the address: so that the browser's way back closes it. */
export const pointPanels = ['restore', 'compare'] as const
export type PointPanel = (typeof pointPanels)[number]

export function readPointPanel(search: Readonly<Record<string, unknown>>): {
  readonly panel?: PointPanel
} {
  const panel = pointPanels.find((one) => one === search['panel'])
  return panel === undefined ? {} : { panel }
}
