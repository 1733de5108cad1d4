/** What can be done with all selected instances at once; each that is refused is named with why. */
import { Button, Group, Paper, Text } from '@mantine/core'
import { useState } from 'react'
import { failure, isFailure } from '#base'
import {
  type Instance,
  type InstanceResult,
  type PlanId,
  problemOf,
  routes,
  upgradesPerCallMax,
} from '#contract'
import { useAction } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { useTell } from '../../parts/toasts.tsx'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { ActivateDialog } from './activate-dialog.tsx'
import { BulkResults } from './bulk-results.tsx'
import { fits } from './steps.ts'
import { touchedByPlans } from './touched.ts'

const bulkSteps = ['activate', 'pause', 'resume', 'upgrade'] as const
type BulkStep = (typeof bulkSteps)[number]

export function SelectionBar({
  instances,
  onClear,
}: {
  readonly instances: readonly Instance[]
  readonly onClear: () => void
}) {
  const { bulk } = usePageWords(instancesTexts)
  const [activating, setActivating] = useState<readonly Instance[]>()
  const { take, isBusy, results, forget } = useBulk()
  return (
    <>
      <Paper withBorder px="sm" py={6} role="toolbar" aria-label={bulk.selected(instances.length)}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {bulk.selected(instances.length)}
          </Text>
          {bulkSteps.map((step) => {
            const fitting = instances.filter((instance) => fits(step, instance))
            return (
              <Button
                key={step}
                size="compact-sm"
                variant="light"
                loading={isBusy === step}
                disabled={fitting.length === 0 || isBusy !== undefined}
                onClick={() => (step === 'activate' ? setActivating(fitting) : take(step, fitting))}
              >
                {bulk[step]}
                {fitting.length < instances.length && fitting.length > 0 && ` (${fitting.length})`}
              </Button>
            )
          })}
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
            {bulk.clear}
          </Button>
        </Group>
      </Paper>
      {activating !== undefined && (
        <ActivateDialog instances={activating} onClose={() => setActivating(undefined)} />
      )}
      {results !== undefined && (
        <Dialog onClose={forget} title={bulk.results}>
          <BulkResults
            results={results}
            nameOf={(id) => instances.find(({ instanceId }) => instanceId === id)?.name ?? ''}
          />
        </Dialog>
      )}
    </>
  )
}

function useBulk() {
  const { bulk } = usePageWords(instancesTexts)
  const tell = useTell()
  const [isBusy, setBusy] = useState<BulkStep>()
  const [results, setResults] = useState<readonly InstanceResult[]>()
  const touches = { touches: touchedByPlans }
  const pause = useAction(routes.plans.pause, touches)
  const resume = useAction(routes.plans.resume, touches)
  const upgrade = useAction(routes.instances.upgradeClients, touches)
  const perform = async (step: BulkStep, instances: readonly Instance[]) => {
    if (step === 'upgrade') {
      const taken = instances.slice(0, upgradesPerCallMax)
      const instanceIds = taken.map(({ instanceId }) => instanceId)
      return (await upgrade.mutateAsync({ body: { instanceIds } })).results
    }
    const { mutateAsync } = step === 'pause' ? pause : resume
    const change = async (planId: PlanId) => void (await mutateAsync({ path: { planId } }))
    return await eachInTurn(instances, change)
  }
  const take = (step: BulkStep, instances: readonly Instance[]) => {
    setBusy(step)
    perform(step, instances)
      .then((answer) => {
        if (answer.some(({ accepted }) => !accepted)) setResults(answer)
        else tell.done(bulk.accepted(answer.length))
      })
      .catch(tell.problem)
      .finally(() => setBusy(undefined))
  }
  return { take, isBusy, results, forget: () => setResults(undefined) }
}

/** There is no call for many plans: one after the other, so that none is left out silently. */
async function eachInTurn(
  instances: readonly Instance[],
  change: (planId: PlanId) => Promise<void>,
): Promise<readonly InstanceResult[]> {
  const results: InstanceResult[] = []
  for (const { instanceId, planId } of instances) {
    if (planId === undefined) continue
    try {
      await change(planId)
      results.push({ instanceId, accepted: true })
    } catch (problem) {
      const known = isFailure(problem)
        ? problem
        : failure('server.unknown-error', { code: 'unknown', problem: String(problem) })
      results.push({ instanceId, accepted: false, problem: problemOf(known) })
    }
  }
  return results
}
