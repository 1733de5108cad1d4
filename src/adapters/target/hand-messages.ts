// What the main thread asks of hands on another thread, and what they answer.
import type { TargetTaskKind, TargetTasks } from '#ports'
import type { TravellingError } from '../pool/jobs.ts'

export type HandTask = {
  [K in TargetTaskKind]: {
    readonly number: number
    readonly kind: K
    readonly ask: TargetTasks[K]['ask']
  }
}[TargetTaskKind]

export type HandReply =
  | {
      readonly number: number
      readonly ok: true
      readonly answer: TargetTasks[TargetTaskKind]['answer']
    }
  | { readonly number: number; readonly ok: false; readonly problem: TravellingError }
