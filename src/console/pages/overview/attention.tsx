/** What needs somebody to look: the alerts whose cause is not over, each the way to its machine or its job. */
import { Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Alert, RegionId } from '#contract'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { usePageWords } from '../../words/language.tsx'
import { overviewTexts } from '../../words/overview.ts'
import { LevelBadge } from '../alerts/level-badge.tsx'
import { Part } from './part.tsx'
import { useStandingAlerts } from './standing.ts'

const shownMax = 6

export function Attention({ regionId }: { readonly regionId: RegionId | undefined }) {
  const words = usePageWords(overviewTexts)
  const alerts = useStandingAlerts(regionId)
  return (
    <Part
      title={words.attention}
      more={
        <AnchorLink
          to="/alerts"
          search={regionId === undefined ? {} : { region: regionId }}
          size="sm"
        >
          {words.allAlerts}
        </AnchorLink>
      }
    >
      {alerts.isPending && <Loading />}
      {alerts.isError && <ProblemNotice problem={alerts.error} onRetry={alerts.refetch} />}
      {alerts.isSuccess && alerts.data.items.length === 0 && <Calm />}
      <div className="lines">
        {alerts.data?.items.slice(0, shownMax).map((alert) => (
          <Line key={alert.alertId} alert={alert} />
        ))}
      </div>
    </Part>
  )
}

function Calm() {
  const words = usePageWords(overviewTexts)
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <IconCircleCheck aria-hidden color="var(--mantine-color-teal-6)" />
      <Stack gap={2}>
        <Text size="sm" fw={600}>
          {words.calm}
        </Text>
        <Text size="sm" c="dimmed">
          {words.calmAbout}
        </Text>
      </Stack>
    </Group>
  )
}

function Line({ alert }: { readonly alert: Alert }) {
  const { level, title, lastAt, jobId, instanceId } = alert
  const content = (
    <>
      <LevelBadge level={level} />
      <Text size="sm" truncate dir="auto" title={title} flex={1} miw={0}>
        {title}
      </Text>
      <Text size="xs" c="dimmed" flex="none" visibleFrom="xs">
        <Instant at={lastAt} />
      </Text>
    </>
  )
  if (jobId !== undefined)
    return (
      <Link to="/jobs/$jobId" params={{ jobId }} className="line">
        {content}
      </Link>
    )
  if (instanceId !== undefined)
    return (
      <Link to="/instances/$instanceId" params={{ instanceId }} className="line">
        {content}
      </Link>
    )
  return (
    <Link to="/alerts" className="line">
      {content}
    </Link>
  )
}
