/** What cannot happen, said in the words of the invariant. A failed assertion is a bug of ours, never bad input. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

/** @throws BrokenInvariant when `condition` does not hold. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant)
}

/** The end of every exhaustive `switch`. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`this case was thought impossible: ${JSON.stringify(value)}`)
}
