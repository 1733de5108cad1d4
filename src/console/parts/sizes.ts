/** Sizes as people type them: `500`, `10 MiB`, `1.5g`. Units count by 1024, as the sizes that are shown do. */
const units = ['b', 'k', 'm', 'g', 't', 'p'] as const
const pattern = /^(\d{1,15}(?:[.,]\d{1,6})?)\s*(?:(b)|([kmgtp])(?:i?b)?)?$/i

/** Undefined: this is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, bare, unit] = pattern.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  const power = units.findIndex((one) => one === (unit ?? bare ?? 'b').toLowerCase())
  const bytes = Math.round(Number(number.replace(',', '.')) * 1024 ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
