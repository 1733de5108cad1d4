// Repeatable chance for data sets: the same seed gives the same sets on every machine.

export type Random = {
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number
  /** True in the given share of all calls. */
  chance(share: number): boolean
}

/** xorshift32: small, and good enough to choose places and letters. */
export function seededRandom(seed: number): Random {
  let state = (seed * 0x9e3779b1) >>> 0 || 1
  const fraction = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return {
    below: (bound) => Math.floor(fraction() * bound),
    chance: (share) => fraction() < share,
  }
}
