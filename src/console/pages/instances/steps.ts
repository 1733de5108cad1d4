/** What can be done with an instance now, decided from its record; the server checks all of it again. */
import type { Instance } from '#contract'

export const steps = [
  'activate',
  'run',
  'pause',
  'resume',
  'time',
  'priority',
  'keepOne',
  'upgrade',
  'cancel',
  'revoke',
  'remove',
] as const
export type Step = (typeof steps)[number]

/** What the caller's role allows. */
export type Rights = { readonly operates: boolean; readonly administers: boolean }

const administrative: readonly Step[] = ['cancel', 'revoke', 'remove']

export function stepsOf(instance: Instance, { operates, administers }: Rights): readonly Step[] {
  return steps.filter((step) => {
    const isAllowed = administrative.includes(step) ? administers : operates
    return isAllowed && fits(step, instance)
  })
}

export function fits(step: Step, instance: Instance): boolean {
  const { runningStatus, planId, client, state, protection } = instance
  const hasPlan = planId !== undefined && runningStatus !== 'NOT_ACTIVATED'
  const isHere = state !== 'RELEASED'
  const isEssential = hasPlan && protection === 'essential'
  switch (step) {
    case 'activate':
      return isHere && (!hasPlan || runningStatus === 'PREPARATION_FAILED')
    case 'run':
      return hasPlan && isHere && (runningStatus === 'RUNNING' || runningStatus === 'READY')
    case 'pause':
      return hasPlan && isHere && runningStatus !== 'PAUSED'
    case 'resume':
      return hasPlan && isHere && runningStatus === 'PAUSED'
    case 'time':
      return isEssential && isHere
    case 'priority':
      return hasPlan && isHere
    case 'keepOne':
      return isEssential
    case 'upgrade':
      return isHere && client.upgradable
    case 'cancel':
      return hasPlan
    case 'revoke':
      return isHere && client.clientId !== undefined && client.status !== 'NOT_INSTALLED'
    case 'remove':
      return isHere
  }
}
