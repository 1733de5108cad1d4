/** What of the audit log is shown, as it stands in its address: a link keeps it, and the table for other programs has the same. */
import { type AuditResult, auditResults } from '#contract'

export type AuditFilter = {
  /** Days as people of this place have them, both of them shown. */
  readonly from?: string
  readonly until?: string
  readonly who?: string
  readonly action?: string
  readonly object?: string
  readonly result?: AuditResult
}
export type FilterChange = { readonly [Key in keyof AuditFilter]?: string | undefined }

const lengths = { who: 254, action: 64, object: 128 } as const
/** What the server would refuse in a text: it stands nowhere in the log. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const dayPattern = /^\d{4}-\d{2}-\d{2}$/

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readAuditFilter(search: Readonly<Record<string, unknown>>): AuditFilter {
  const { from, until } = search
  const [who, action, object] = (['who', 'action', 'object'] as const).map((key) =>
    textOf(search[key], lengths[key]),
  )
  const result = auditResults.find((one) => one === search['result'])
  return {
    ...(isDay(from) ? { from } : {}),
    ...(isDay(until) ? { until } : {}),
    ...(who === undefined ? {} : { who }),
    ...(action === undefined ? {} : { action }),
    ...(object === undefined ? {} : { object }),
    ...(result === undefined ? {} : { result }),
  }
}

function textOf(value: unknown, max: number): string | undefined {
  // A number that was looked for stands as a number in an address.
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value).replace(unseen, '').trim().slice(0, max).trim()
  return text === '' ? undefined : text
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && dayPattern.test(value) && !Number.isNaN(Date.parse(value))
}

/** What the server is asked for; the same for the list and for the table. */
export function auditQueryOf({ from, until, ...rest }: AuditFilter) {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: startOf(from, 0) }),
    ...(until === undefined ? {} : { until: startOf(until, 1) }),
  }
}

/** The first moment of a day here, or of one that comes later. */
function startOf(text: string, daysLater: number): string {
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).toISOString()
}

export function isFiltered(filter: AuditFilter): boolean {
  return Object.keys(filter).length > 0
}
