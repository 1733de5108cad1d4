/** What became of a job, step by step, with the time of each. */
import { Text, Timeline } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Job, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { useMay } from '../../api/session.tsx'
import { Instant } from '../../parts/formats.tsx'
import { SaidText } from '../../parts/problem-text.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { jobStatesTexts } from '../../words/job-states.ts'
import { jobsTexts } from '../../words/jobs.ts'
import { usePageWords } from '../../words/language.tsx'
import { isOpen } from './filter.ts'

type Step = { readonly key: string; readonly at?: number | undefined; readonly text: ReactNode }

export function Log({ job }: { readonly job: Job }) {
  const { jobs } = usePageWords(instanceTexts)
  const states = usePageWords(jobStatesTexts)
  const { job: texts } = usePageWords(jobsTexts)
  const cancelled = useCancellations(job)
  const { createdAt, dueAt, startedAt, endedAt, attempts, state, trigger, warnings } = job
  const steps: readonly Step[] = [
    ...(trigger === 'MANUAL' ? [] : [{ key: 'due', at: dueAt, text: texts.steps.due }]),
    {
      key: 'created',
      at: createdAt,
      text: `${texts.steps.created}: ${jobs.triggers[trigger]}`,
    },
    ...(startedAt === undefined ? [] : [{ key: 'begun', at: startedAt, text: texts.steps.begun }]),
    ...(attempts > 1 ? [{ key: 'again', text: texts.steps.again(attempts - 1) }] : []),
    ...cancelled.map(({ auditId, at, who }) => ({
      key: auditId,
      at,
      text: texts.steps.askedToCancel(who),
    })),
    ...warnings.map((text) => ({ key: text, text: <SaidText text={text} /> })),
    ...(isOpen(state)
      ? []
      : [{ key: 'ended', at: endedAt, text: `${texts.steps.ended}: ${states[state]}` }]),
  ]
  return (
    <Timeline active={steps.length} bulletSize={14} lineWidth={2}>
      {steps.map(({ key, at, text }) => (
        <Timeline.Item key={key}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {text}
          </Text>
          {at !== undefined && (
            <Text size="xs" c="dimmed">
              <Instant at={at} />
            </Text>
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  )
}

/** The audit log knows who it was; it is not for every role. */
function useCancellations({ jobId }: Job) {
  const maySee = useMay(['owner', 'administrator', 'auditor'])
  const { items } = usePages(
    routes.audit.list,
    { query: { object: jobId, action: 'jobs.cancel', result: 'done', limit: 10 } },
    { enabled: maySee },
  )
  return items
}
