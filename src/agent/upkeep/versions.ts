/** Versions of the client, "1.4.2" or "1.4.2-rc.1", in their order (as semver has it). */

/** @returns negative: a is older. Undefined: one of them is no version */
export function compareVersions(a: string, b: string): number | undefined {
  const [first, second] = [partsOf(a), partsOf(b)]
  if (first === undefined || second === undefined) return undefined
  for (let i = 0; i < 3; i++) {
    const apart = (first.numbers[i] ?? 0) - (second.numbers[i] ?? 0)
    if (apart !== 0) return apart
  }
  // A release comes after what led to it.
  if (first.stage === '' || second.stage === '') {
    return Number(first.stage === '') - Number(second.stage === '')
  }
  return compareStages(first.stage.split('.'), second.stage.split('.'))
}

function compareStages(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]]
    if (one === undefined) return -1
    if (other === undefined) return 1
    const [x, y] = [Number(one), Number(other)]
    if (Number.isInteger(x) && Number.isInteger(y)) {
      if (x !== y) return x - y
    } else if (one !== other) {
      if (Number.isInteger(x)) return -1
      if (Number.isInteger(y)) return 1
      return one < other ? -1 : 1
    }
  }
  return 0
}

function partsOf(version: string) {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(version)
  if (match === null) return undefined
  return { numbers: match.slice(1, 4).map(Number), stage: match[4] ?? '' }
}
