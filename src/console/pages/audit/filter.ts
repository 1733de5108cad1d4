/** What of the audit log is shown, as it stands in its address: a link keeps it, and the table for other programs has the same. */
import { type AuditResult, auditResults } from '#contract'
import { isDay, startOfDay } from '../../parts/days.ts'

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

/** What the server is asked for; the same for the list and for the table. */
export function auditQueryOf({ from, until, ...rest }: AuditFilter) {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: startOfDay(from) }),
    ...(until === undefined ? {} : { until: startOfDay(until, 1) }),
  }
}

export function isFiltered(filter: AuditFilter): boolean {
  return Object.keys(filter).length > 0
}
