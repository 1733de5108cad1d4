/**
 * What @peculiar/x509 (by way of its tsyringe) asks of `Reflect` and the language does not have yet: notes about classes.
 * Loaded before it, and only if no other program of the process brought the same. Prototypes pass their notes on.
 */
type Target = object | ((...given: never) => unknown)

const notes = new WeakMap<Target, Map<unknown, unknown>>()

const metadata = {
  defineMetadata(key: unknown, value: unknown, target: Target): void {
    const own = notes.get(target) ?? new Map<unknown, unknown>()
    notes.set(target, own.set(key, value))
  },
  getOwnMetadata: (key: unknown, target: Target): unknown => notes.get(target)?.get(key),
  getMetadata(key: unknown, target: Target): unknown {
    for (let at: Target | null = target; at !== null; at = Object.getPrototypeOf(at)) {
      const own = notes.get(at)
      if (own?.has(key) === true) return own.get(key)
    }
    return undefined
  },
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, metadata)
