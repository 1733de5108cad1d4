/** What must hold whenever somebody looks: every living point can be restored, byte for byte. */
import { type Failure, isFailure } from '#base'
import { loadIndex, readLedger, readPoints } from '#vault'
import { walkPoint } from './walk-point.ts'
import { signal, type World } from './world.ts'

/** Restores one point, as a process would that starts just now. */
export async function checkPoint(world: World, id: string): Promise<void> {
  world.truth.audit()
  if (!world.truth.points.has(id)) {
    // Another job may have ended it between its commit and now; the truth has judged that.
    return
  }
  await checkPoints(world, new Set([id]))
}

export async function checkPoints(world: World, only?: ReadonlySet<string>): Promise<void> {
  world.truth.audit()
  if (world.violation !== undefined) return
  const vault = world.onlooker()
  try {
    const state = await readLedger(vault, signal)
    const { points, lost } = await readPoints(vault, state, signal)
    for (const { id, problem } of lost) world.violate(`point ${id.slice(0, 8)} is lost: ${problem}`)
    const listed = new Set(points.map(({ id }) => id))
    for (const id of world.truth.points.keys())
      if (!listed.has(id)) world.violate(`point ${id.slice(0, 8)} is not listed`)
    const { index } = await loadIndex(vault, state, signal)
    for (const { id, point } of points) {
      if (only !== undefined && !only.has(id)) continue
      const attempt = world.truth.attempts.get(point.tags[0] ?? '')
      if (attempt === undefined) return world.violate(`point ${id.slice(0, 8)} was never made`)
      const difference = await walkPoint({ vault, index, point, expected: attempt.state }, signal)
      if (difference !== undefined)
        world.violate(`${attempt.tag} (${id.slice(0, 8)}): ${difference}`)
    }
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    world.violate(`a restore fails: ${describe(problem)}`)
  }
}

function describe(problem: Failure): string {
  return `${problem.code}: ${problem.message}`
}
