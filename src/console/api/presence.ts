/** Whether a person is at this page: what it asks on its own keeps no sign-in alive, so a tab left open ends as others do. */

const awayAfterMs = 5 * 60_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'] as const

/** Opening the page is a sign of somebody too. */
export function watchPresence(
  page: Pick<EventTarget, 'addEventListener'>,
  now: () => number,
): { readonly isAway: () => boolean } {
  let seenAt = now()
  const note = () => {
    seenAt = now()
  }
  for (const sign of signs) page.addEventListener(sign, note, { capture: true, passive: true })
  return { isAway: () => now() - seenAt >= awayAfterMs }
}
