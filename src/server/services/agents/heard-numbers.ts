/**
 * Which messages of an agent process counted already. They come in order nearly always; one that comes late counts still,
 * and one that comes twice counts once, also after a restart of the server.
 */
import type { HeardNumbers } from '../../catalog/index.ts'

export const nothingHeard: HeardNumbers = { highest: -1, gaps: [] }

/** With more gaps the oldest is given up: what is missing there never counts. */
const gapsMax = 32

export type Admission = { readonly heard: HeardNumbers; readonly isNew: boolean }

export function admitNumber(heard: HeardNumbers, number: number): Admission {
  const { highest, gaps } = heard
  if (number > highest) {
    const gap = number > highest + 1 ? [[highest + 1, number - 1] as const] : []
    return { heard: { highest: number, gaps: [...gaps, ...gap].slice(-gapsMax) }, isNew: true }
  }
  const isMissing = gaps.some(([from, to]) => from <= number && number <= to)
  if (!isMissing) return { heard, isNew: false }
  const left = gaps.flatMap((gap) => without(gap, number))
  return { heard: { highest, gaps: left.slice(-gapsMax) }, isNew: true }
}

type Gap = HeardNumbers['gaps'][number]

function without([from, to]: Gap, number: number): readonly Gap[] {
  if (number < from || to < number) return [[from, to]]
  const parts: readonly Gap[] = [
    [from, number - 1],
    [number + 1, to],
  ]
  return parts.filter(([first, last]) => first <= last)
}
