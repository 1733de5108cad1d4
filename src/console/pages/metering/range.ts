/** Which days are shown, as they stand in the address: a preset, or a first and a last day. */

export const presets = ['last30', 'month', 'lastMonth'] as const
export type Preset = (typeof presets)[number]

export type RangeSearch = {
  readonly range?: Preset
  readonly from?: string
  readonly until?: string
}

/** Both days included, as "2026-11-22". */
export type DayRange = { readonly from: string; readonly until: string }

const dayPattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readRange(search: Readonly<Record<string, unknown>>): RangeSearch {
  const range = presets.find((one) => one === search['range'])
  const [from, until] = [dayOf(search['from']), dayOf(search['until'])]
  if (from !== undefined && until !== undefined) return { from, until }
  return range === undefined ? {} : { range }
}

function dayOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !dayPattern.test(value)) return undefined
  // The 31st of June passes the pattern and is no day.
  const at = Date.parse(`${value}T00:00:00Z`)
  return Number.isNaN(at) || isoDay(at) !== value ? undefined : value
}

/** @param now milliseconds since 1970 */
export function daysOf(search: RangeSearch, now: number): DayRange {
  const { from, until, range = 'last30' } = search
  if (from !== undefined && until !== undefined) return { from, until }
  // The calendar of whoever looks: near midnight it is another day elsewhere.
  const here = new Date(now)
  const [year, month, date] = [here.getFullYear(), here.getMonth(), here.getDate()]
  const today = dayText(year, month, date)
  switch (range) {
    case 'last30':
      return { from: dayText(year, month, date - 30), until: today }
    case 'month':
      return { from: dayText(year, month, 1), until: today }
    case 'lastMonth':
      return { from: dayText(year, month - 1, 1), until: dayText(year, month, 0) }
  }
}

/** As `Date` counts: the 0th day of a month is the last one before it. */
function dayText(year: number, month: number, date: number): string {
  return isoDay(Date.UTC(year, month, date))
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
