/** Whatever was thrown, as an error of the catalogue. */
import { type Failure, failure, isFailure } from '#base'

export function asFailure(problem: unknown): Failure {
  if (isFailure(problem)) return problem
  const said = problem instanceof Error ? problem.message : String(problem)
  return failure('agent.fault', { problem: said }, problem)
}

/** What the server asked us to wait. */
export function askedMsOf({ context }: Failure): number {
  const seconds = context['seconds']
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 0
}
