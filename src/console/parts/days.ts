/** Days of filters as people of this place have them: `2026-11-22`. */
const pattern = /^\d{4}-\d{2}-\d{2}$/

export function isDay(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value) && !Number.isNaN(Date.parse(value))
}

/** The first moment of a day here, or of one that comes later, as the API takes it. */
export function startOfDay(day: string, daysLater = 0): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).toISOString()
}
