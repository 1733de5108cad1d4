/**
 * Sizes, times and counts as people read them; the exact value is one hover away (lesson 5 of other consoles). By the
 * browser's own note: a table shows hundreds of them, and none of them may cost anything.
 */
import { useEffect, useState } from 'react'
import { useLanguage, useWords } from '../words/language.tsx'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

export function formatBytes(bytes: number, locale: string): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)
  return `${number} ${units[power] ?? 'B'}`
}

export function Bytes({ value }: { readonly value: number }) {
  const { locale } = useLanguage()
  const exact = `${new Intl.NumberFormat(locale).format(value)} B`
  return <span title={exact}>{formatBytes(value, locale)}</span>
}

export function formatCount(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value)
}

export function Count({ value }: { readonly value: number }) {
  const { locale } = useLanguage()
  return <>{formatCount(value, locale)}</>
}

/** How much it is: "9 files · 2.1 MiB". */
export function FilesAndSize({ files, bytes }: { readonly files: number; readonly bytes: number }) {
  const { locale } = useLanguage()
  const { everywhere } = useWords()
  return (
    <>
      {everywhere.files(files, new Intl.NumberFormat(locale).format(files))} ·{' '}
      <Bytes value={bytes} />
    </>
  )
}

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const
const farDays = 7
const tickMs = 30_000

/** @param at milliseconds since 1970 */
export function formatRelative(at: number, now: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const distance = at - now
  for (const [unit, ms] of steps)
    if (Math.abs(distance) >= ms) return format.format(Math.round(distance / ms), unit)
  return format.format(Math.round(distance / 1000), 'second')
}

export function formatInstant(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at)
}

/** A day of a calendar is the same day wherever it is looked at. @param day as "2026-11-22" */
export function formatDay(day: string, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  return format.format(Date.parse(`${day}T00:00:00Z`))
}

/** Near times relative, far ones as dates; the other form on hover. */
export function Instant({ at }: { readonly at: number | undefined }) {
  const { locale } = useLanguage()
  const { everywhere } = useWords()
  const ticked = useNow()
  // What has happened since the last tick is no future.
  const now = Math.max(ticked, Math.min(at ?? 0, Date.now()))
  if (at === undefined) return <>{everywhere.never}</>
  const isFar = Math.abs(at - now) > farDays * 86_400_000
  const [shown, other] = [formatRelative(at, now, locale), formatInstant(at, locale)]
  return (
    <time dateTime={new Date(at).toISOString()} title={isFar ? shown : other}>
      {isFar ? other : shown}
    </time>
  )
}

/** The present, as often as minutes change. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return now
}

export function formatDuration(ms: number, locale: string): string {
  const seconds = Math.round(ms / 1000)
  const parts: readonly (readonly [string, number])[] = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor(seconds / 3_600) % 24],
    ['minute', Math.floor(seconds / 60) % 60],
    ['second', seconds % 60],
  ]
  const first = parts.findIndex(([, value]) => value > 0)
  const shown = parts.slice(Math.max(0, first), Math.max(0, first) + 2)
  return (first < 0 ? [['second', 0] as const] : shown.filter(([, value]) => value > 0))
    .map(([unit, value]) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(value),
    )
    .join(' ')
}
