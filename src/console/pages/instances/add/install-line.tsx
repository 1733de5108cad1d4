/** The line that installs a client: its code runs out before the eyes, and the machine that calls in with it is announced. */
import { Alert, Anchor, Button, Group, Loader, Stack, Switch, Text } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { type CallAnswer, type Instance, routes } from '#contract'
import { api } from '../../../api/client.ts'
import { useAction } from '../../../api/queries.ts'
import { CopiedText } from '../../../parts/copied-text.tsx'
import { formatDuration } from '../../../parts/formats.tsx'
import { ProblemNotice } from '../../../parts/problem-notice.tsx'
import { instancesTexts } from '../../../words/instances.ts'
import { useLanguage, usePageWords } from '../../../words/language.tsx'
import { RegionChoice, useRegions } from './region-choice.tsx'

type Made = CallAnswer<typeof routes.activationCodes.create>

export function InstallLine() {
  const { adding } = usePageWords(instancesTexts)
  const [begins, setBegins] = useState(true)
  const regions = useRegions()
  const make = useAction(routes.activationCodes.create)
  const create = () => {
    if (regions.chosen === undefined) return
    make.mutate({ body: { regionId: regions.chosen, ...(begins ? { activate: true } : {}) } })
  }
  return (
    <Stack>
      <Text size="sm">{adding.lineAbout}</Text>
      {make.data === undefined ? (
        <>
          <RegionChoice regions={regions} />
          <Switch
            label={adding.activate}
            checked={begins}
            onChange={(event) => setBegins(event.currentTarget.checked)}
          />
          <Group>
            <Button
              onClick={create}
              loading={make.isPending}
              disabled={regions.chosen === undefined}
            >
              {adding.make}
            </Button>
          </Group>
        </>
      ) : (
        <MadeLine
          key={make.data.activationCode.codeId}
          made={make.data}
          begins={begins}
          onAgain={create}
        />
      )}
      {make.isError && <ProblemNotice problem={make.error} />}
    </Stack>
  )
}

function MadeLine({
  made,
  begins,
  onAgain,
}: {
  readonly made: Made
  readonly begins: boolean
  readonly onAgain: () => void
}) {
  const { adding } = usePageWords(instancesTexts)
  const { locale } = useLanguage()
  const leftMs = useMsUntil(made.activationCode.expiresAt)
  const arrived = useArrival(made, leftMs > 0)
  if (arrived !== undefined) return <Arrived instance={arrived} begins={begins} onAgain={onAgain} />
  if (leftMs <= 0)
    return (
      <Alert color="yellow" title={adding.expired}>
        <Button size="xs" onClick={onAgain}>
          {adding.makeAgain}
        </Button>
      </Alert>
    )
  return (
    <>
      <CopiedText label={adding.command} text={made.command} />
      {loopback.test(made.command) && (
        <Alert color="yellow" p="sm">
          {adding.onlyHere}
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        {adding.timeLeft} <b>{formatDuration(leftMs, locale)}</b>, {adding.once}
      </Text>
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{adding.waiting}</Text>
      </Group>
    </>
  )
}

const loopback = /https:\/\/(?:127\.|localhost|\[::1\])/

function Arrived({
  instance: { instanceId, name },
  begins,
  onAgain,
}: {
  readonly instance: Instance
  readonly begins: boolean
  readonly onAgain: () => void
}) {
  const { adding } = usePageWords(instancesTexts)
  return (
    <Alert
      color="teal"
      role="status"
      icon={<IconCheck aria-hidden />}
      title={<span dir="auto">{adding.arrived(name)}</span>}
    >
      <Stack gap="sm">
        {begins && <Text size="sm">{adding.arrivedActive}</Text>}
        <Group>
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link {...props} to="/instances/$instanceId" params={{ instanceId }} />
            )}
          >
            {adding.open}
          </Anchor>
          <Button size="compact-sm" variant="light" onClick={onAgain}>
            {adding.another}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function useMsUntil(at: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, at - now)
}

const askEachMs = 2_000

/** The instance whose client came by the code; asked for, because no event tells of codes. */
function useArrival({ activationCode }: Made, isWaiting: boolean): Instance | undefined {
  const [arrived, setArrived] = useState<Instance>()
  const { codeId } = activationCode
  const goesOn = isWaiting && arrived === undefined
  useEffect(() => {
    if (!goesOn) return
    const ending = new AbortController()
    const timer = setInterval(() => {
      // A question that is lost is asked again in two seconds; the code runs out before the eyes.
      findArrival(codeId, ending.signal).then(setArrived, () => undefined)
    }, askEachMs)
    return () => {
      clearInterval(timer)
      ending.abort()
    }
  }, [codeId, goesOn])
  return arrived
}

async function findArrival(codeId: string, signal: AbortSignal): Promise<Instance | undefined> {
  const codes = await api.call(routes.activationCodes.list, {}, { signal })
  const clientId = codes.items.find((code) => code.codeId === codeId)?.usedBy
  if (clientId === undefined) return undefined
  const query = { limit: 200, sort: '-createdAt' } as const
  const instances = await api.call(routes.instances.list, { query }, { signal })
  return instances.items.find(({ client }) => client.clientId === clientId)
}
