/** Settings of an instance: its protection with where each value comes from (lesson 7), its machine, and what ends it. */
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Instance, type Plan, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { ProblemText, SaidText } from '../../parts/problem-text.tsx'
import { alertChoiceTexts } from '../../words/alert-choice.ts'
import { instanceTexts } from '../../words/instance.ts'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { useRights } from '../instances/rights.ts'
import { type Step, stepsOf } from '../instances/steps.ts'
import type { StepTaker } from '../instances/use-steps.tsx'
import { MachineFacts } from './machine-facts.tsx'
import { NameAndTags } from './name-and-tags.tsx'
import { OwnAlerts } from './own-alerts.tsx'

type Part = { readonly instance: Instance; readonly take: StepTaker['take'] }

export function Settings({ instance, take }: Part) {
  const { settings } = usePageWords(instanceTexts)
  const { planId, runningStatus } = instance
  const { operates } = useRights()
  const hasPlan = planId !== undefined && runningStatus !== 'NOT_ACTIVATED'
  return (
    <Stack maw={860}>
      <Section title={settings.protection}>
        {hasPlan ? (
          <PlanFacts planId={planId} instance={instance} take={take} />
        ) : (
          <Text size="sm">{settings.notActivated}</Text>
        )}
      </Section>
      <Section title={settings.machine}>
        {operates && instance.state !== 'RELEASED' && (
          <NameAndTags key={instance.instanceId} instance={instance} />
        )}
        <MachineFacts instance={instance} />
      </Section>
      <Alerts instance={instance} />
      <Ending instance={instance} take={take} />
    </Stack>
  )
}

/** Of a machine that has a client: it is what alerts are about. */
function Alerts({ instance }: Pick<Part, 'instance'>) {
  const { title } = usePageWords(alertChoiceTexts)
  const { alertSetting, alertChannelIds } = instance.client
  if (instance.state === 'RELEASED' || alertSetting === undefined) return null
  return (
    <Section title={title}>
      <OwnAlerts
        instance={instance}
        choice={{ alertSetting, alertChannelIds: alertChannelIds ?? [] }}
      />
    </Section>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}

function PlanFacts({ planId, instance, take }: Part & { readonly planId: Plan['planId'] }) {
  const plan = useCall(routes.plans.get, { path: { planId } })
  if (plan.isPending) return <Loading />
  if (plan.isError) return <ProblemNotice problem={plan.error} onRetry={plan.refetch} />
  return <PlanLines plan={plan.data} instance={instance} take={take} />
}

function PlanLines({ plan, instance, take }: Part & { readonly plan: Plan }) {
  const { settings } = usePageWords(instanceTexts)
  const { priorities } = usePageWords(instancesTexts)
  const { retentionDays, keepAtLeastOneEndsAt: endsAt, vaultId, policyId } = plan
  const origin = useOrigin(policyId)
  const vault = useCall(routes.vaults.get, { path: { vaultId } })
  const line = { instance, take }
  // What the machine says of its databases stands beside them.
  const warnings = plan.warnings.filter((warning) =>
    instance.databases.every(({ path }) => !warning.includes(path)),
  )
  // Essential backup begins with both; what differs was set by somebody.
  const originOf = (isInherited: boolean) => (isInherited ? origin : settings.origin.own)
  return (
    <Stack gap="xs">
      <Line name={settings.schedule} origin={origin} step="time" {...line}>
        {policyId === undefined
          ? settings.daily(plan.timeOfDay, plan.timeZone)
          : settings.bySchedule}
      </Line>
      <Line name={settings.retention} origin={origin} {...line}>
        {retentionDays === undefined ? settings.forEver : settings.days(retentionDays)}
      </Line>
      <Line
        name={settings.priority}
        origin={originOf(plan.priority === 'low')}
        step="priority"
        {...line}
      >
        {priorities[plan.priority]}
      </Line>
      <Line name={settings.keepOne} origin={originOf(plan.keepAtLeastOne)} step="keepOne" {...line}>
        {plan.keepAtLeastOne ? settings.yes : settings.no}
        {endsAt !== undefined && (
          <>
            {' '}
            ({settings.endsAt} <Instant at={endsAt} />)
          </>
        )}
      </Line>
      <Line name={settings.vault} {...line}>
        <AnchorLink to="/vaults/$vaultId" params={{ vaultId }} size="sm">
          {vault.data?.name ?? '…'}
        </AnchorLink>
      </Line>
      {plan.problem !== undefined && (
        <Text size="sm" c="red">
          <ProblemText problem={plan.problem} />
        </Text>
      )}
      {warnings.map((warning) => (
        <Text key={warning} size="sm" c="orange">
          <SaidText text={warning} />
        </Text>
      ))}
    </Stack>
  )
}

function useOrigin(policyId: Plan['policyId']): string {
  const { origin } = usePageWords(instanceTexts).settings
  const policy = useCall(
    routes.policies.get,
    { path: { policyId: policyId ?? '' } },
    { enabled: policyId !== undefined },
  )
  return policyId === undefined ? origin.essential : origin.policy(policy.data?.name ?? '…')
}

function Line({
  name,
  origin,
  step,
  instance,
  take,
  children,
}: Part & {
  readonly name: string
  /** Where the value comes from. */
  readonly origin?: string
  /** What changes it. */
  readonly step?: Step
  readonly children: ReactNode
}) {
  const { settings } = usePageWords(instanceTexts)
  const rights = useRights()
  const canChange = step !== undefined && stepsOf(instance, rights).includes(step)
  return (
    <Group mih={30} style={{ gap: '0 var(--mantine-spacing-sm)' }}>
      <Text size="sm" c="dimmed" w={{ base: '100%', xs: 210 }}>
        {name}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
      {origin !== undefined && (
        <Text size="xs" c="dimmed">
          {origin}
        </Text>
      )}
      {canChange && (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`${settings.change}: ${name}`}
          onClick={() => take(step, instance)}
        >
          {settings.change}
        </Button>
      )}
    </Group>
  )
}

const endings = ['pause', 'resume', 'cancel', 'revoke', 'remove'] as const

function Ending({ instance, take }: Part) {
  const { settings } = usePageWords(instanceTexts)
  const { step: names } = usePageWords(instancesTexts)
  const offered = stepsOf(instance, useRights())
  const shown = endings.filter((step) => offered.includes(step))
  if (shown.length === 0) return null
  return (
    <Section title={settings.danger}>
      <Stack gap="sm">
        {shown.map((step) => (
          <Group key={step} justify="space-between" gap="xs">
            <Text size="sm" maw={520}>
              {settings.dangerAbout[step]}
            </Text>
            <Button
              size="compact-sm"
              variant="outline"
              {...(step === 'pause' || step === 'resume' ? {} : { color: 'red' })}
              onClick={() => take(step, instance)}
            >
              {names[step]}
            </Button>
          </Group>
        ))}
      </Stack>
    </Section>
  )
}
