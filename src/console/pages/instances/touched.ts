/** What a change of a plan or of a client makes old, and what the dialogs about a plan are given. */
import { type PlanId, routes } from '#contract'

export const touchedByPlans = [
  routes.instances.list,
  routes.instances.get,
  routes.plans.get,
  routes.plans.list,
  routes.jobs.list,
  routes.overview.get,
] as const

export type PlanDialog = {
  /** Of the instance. */
  readonly name: string
  readonly planId: PlanId
  readonly onClose: () => void
}
