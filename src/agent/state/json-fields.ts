/** Members of JSON that came from a file: the type that was asked for, or nothing. */

export function fieldIn(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined
  return Object.hasOwn(json, name) ? Reflect.get(json, name) : undefined
}

/** A whole number, never negative. */
export function numberIn(json: unknown, name: string): number | undefined {
  const value = fieldIn(json, name)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export function textIn(json: unknown, name: string): string | undefined {
  const value = fieldIn(json, name)
  return typeof value === 'string' ? value : undefined
}
