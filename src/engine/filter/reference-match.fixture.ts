/** Rule B3 written down once more, slowly and differently, for the property test. */

export function referenceMatches(pattern: string, path: string, isDirectory: boolean): boolean {
  if (pattern.endsWith('/') && !isDirectory) return false
  const body = pattern.replace(/\/$/, '')
  const levels = body.replace(/^\//, '').split('/')
  const names = path.slice(1).split('/')
  if (body.startsWith('/')) return matchLevels(levels, names)
  return names.some((_, i) => matchLevels(levels, names.slice(i)))
}

function matchLevels(levels: readonly string[], names: readonly string[]): boolean {
  const [level, ...rest] = levels
  if (level === undefined) return names.length === 0
  if (/^\*\*+$/.test(level)) {
    if (rest.length === 0) return names.length > 0
    return names.some((_, i) => matchLevels(rest, names.slice(i))) || matchLevels(rest, [])
  }
  const [name, ...more] = names
  return name !== undefined && matchName(level, [...name]) && matchLevels(rest, more)
}

function matchName(level: string, name: readonly string[]): boolean {
  if (level === '') return name.length === 0
  const [first, ...others] = name
  if (level.startsWith('*'))
    return (
      name.some((_, i) => matchName(level.slice(1), name.slice(i))) || matchName(level.slice(1), [])
    )
  const set = /^\[(!?)(.*?)\]/.exec(level)
  if (first === undefined) return false
  if (set !== null) {
    const isIn = (set[2] ?? '').includes(first)
    return isIn !== (set[1] === '!') && matchName(level.slice(set[0].length), others)
  }
  if (level.startsWith('?')) return matchName(level.slice(1), others)
  return level.startsWith(first) && matchName(level.slice(first.length), others)
}
