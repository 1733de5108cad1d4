// Waiting for what other processes do.

import { setTimeout as delay } from 'node:timers/promises'

/** @returns the first answer that is not undefined */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  limitMs = 60_000,
): Promise<Answer> {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > endsAt) throw new Error(`${what}: not within ${limitMs} ms`)
    await delay(50)
  }
}
