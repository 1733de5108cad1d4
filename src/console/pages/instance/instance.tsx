/** One instance (G3): how it is, what can be done, and its history, jobs, restores and settings. */
import { Alert, Button, Group, Stack, Tabs, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Instance, routes } from '#contract'
import { useCall } from '../../api/queries.ts'
import { useMay } from '../../api/session.tsx'
import { Bytes, Count, Instant } from '../../parts/formats.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { TabList } from '../../parts/tab-list.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { instancesTexts } from '../../words/instances.ts'
import { usePageWords } from '../../words/language.tsx'
import { ActionMenu } from '../instances/action-menu.tsx'
import { useRights } from '../instances/rights.ts'
import { StatusBadge } from '../instances/status-badge.tsx'
import { fits, type Step } from '../instances/steps.ts'
import { type StepTaker, useSteps } from '../instances/use-steps.tsx'
import { restorers } from '../point/rights.ts'
import { FindFiles } from './find-files.tsx'
import { History } from './history.tsx'
import { Jobs } from './jobs.tsx'
import { Restores } from './restores.tsx'
import { RunningJob } from './running-job.tsx'
import { Settings } from './settings.tsx'
import { instanceTabs, readInstanceTab } from './tab.ts'

const route = getRouteApi('/instances/$instanceId')
const askEachMs = 60_000

export function InstancePage() {
  const { instanceId } = route.useParams()
  const { title } = usePageWords(instancesTexts)
  const instance = useCall(routes.instances.get, { path: { instanceId } }, { everyMs: askEachMs })
  const steps = useSteps()
  if (instance.isPending) return <Loading />
  if (instance.isError) return <ProblemNotice problem={instance.error} onRetry={instance.refetch} />
  return (
    <Page
      title={instance.data.name}
      about={<Facts instance={instance.data} />}
      crumbs={[{ name: title, to: '/instances' }]}
      actions={<Actions instance={instance.data} take={steps.take} />}
    >
      <Content instance={instance.data} take={steps.take} />
      {steps.dialog}
    </Page>
  )
}

function Facts({ instance }: { readonly instance: Instance }) {
  const { facts } = usePageWords(instanceTexts)
  const { notYet, notPlanned } = usePageWords(instancesTexts)
  const { lastBackupAt, nextBackupAt, versionCount, capacityBytes } = instance
  return (
    <Group component="span" gap="md" mt={4}>
      <StatusBadge instance={instance} />
      <Fact name={facts.last}>
        {lastBackupAt === undefined ? notYet : <Instant at={lastBackupAt} />}
      </Fact>
      <Fact name={facts.next}>
        {nextBackupAt === undefined ? notPlanned : <Instant at={nextBackupAt} />}
      </Fact>
      <Fact name={facts.versions}>
        <Count value={versionCount} />
      </Fact>
      {capacityBytes > 0 && (
        <Fact name={facts.size}>
          <Bytes value={capacityBytes} />
        </Fact>
      )}
    </Group>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Text span size="sm">
      {name}:{' '}
      <Text span inherit c="var(--mantine-color-text)">
        {children}
      </Text>
    </Text>
  )
}

const shownSteps: readonly Step[] = ['activate', 'run', 'resume']

function Actions({
  instance,
  take,
}: {
  readonly instance: Instance
  readonly take: StepTaker['take']
}) {
  const { step: names } = usePageWords(instancesTexts)
  const { operates } = useRights()
  return (
    <>
      {operates &&
        shownSteps
          .filter((step) => fits(step, instance))
          .map((step) => (
            <Button key={step} onClick={() => take(step, instance)}>
              {names[step]}
            </Button>
          ))}
      <ActionMenu instance={instance} onTake={take} />
    </>
  )
}

function Content({
  instance,
  take,
}: {
  readonly instance: Instance
  readonly take: StepTaker['take']
}) {
  const texts = usePageWords(instanceTexts)
  const { tab = 'history', ...search } = route.useSearch()
  const seesFiles = useMay(restorers)
  const navigate = route.useNavigate()
  const open = (next: string | null) =>
    void navigate({ search: readInstanceTab({ tab: next }), replace: true })
  const panels = {
    history: <History instance={instance} take={take} />,
    files: (
      <FindFiles
        instance={instance}
        search={search}
        onSearch={(change) =>
          void navigate({ search: readInstanceTab({ tab, ...search, ...change }) })
        }
      />
    ),
    jobs: <Jobs instanceId={instance.instanceId} />,
    restores: <Restores instanceId={instance.instanceId} />,
    settings: <Settings instance={instance} take={take} />,
  }
  // Names of files are content, which not everybody sees.
  const shown = instanceTabs.filter((one) => one !== 'files' || seesFiles)
  return (
    <Stack>
      {instance.state === 'RELEASED' && <Alert color="gray">{texts.releasedNote}</Alert>}
      {instance.runningStatus === 'BACKING_UP' && <RunningJob instanceId={instance.instanceId} />}
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <TabList active={tab}>
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </TabList>
        {shown.map((one) => (
          <Tabs.Panel key={one} value={one}>
            {panels[one]}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  )
}
