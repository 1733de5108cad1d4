/** One alert: what happened and what to do, since when, who was told, and the way to what it is about. Opening it reads it. */
import { Group, List, Stack, Text, Title } from '@mantine/core'
import { useEffect } from 'react'
import { type Alert, routes } from '#contract'
import { useNaming } from '../../api/names.ts'
import { useAction } from '../../api/queries.ts'
import { useMayMarkRead } from '../../api/unread.ts'
import { AnchorLink } from '../../parts/anchor-link.tsx'
import { SidePanel } from '../../parts/dialog.tsx'
import { Instant } from '../../parts/formats.tsx'
import { ObjectName } from '../../parts/object-name.tsx'
import { SaidText } from '../../parts/problem-text.tsx'
import { alertsTexts } from '../../words/alerts.ts'
import { usePageWords } from '../../words/language.tsx'
import { useChannelName } from './channel-name.ts'
import { LevelBadge } from './level-badge.tsx'

export function AlertDrawer({
  alert,
  onClose,
}: {
  readonly alert: Alert
  readonly onClose: () => void
}) {
  const { kinds } = usePageWords(alertsTexts)
  useReading(alert)
  const { title, text, level, kind, instanceId } = alert
  return (
    <SidePanel onClose={onClose} size="lg" title={kinds[kind]}>
      <Stack>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <LevelBadge level={level} />
          <Text fw={600} dir="auto" style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Text>
        </Group>
        {instanceId !== undefined && <ObjectName id={instanceId} c="dimmed" />}
        <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {withoutIds(text)}
        </Text>
        <Ways alert={alert} />
        <Times alert={alert} />
        <Told alert={alert} />
      </Stack>
    </SidePanel>
  )
}

const idInBrackets = / ?[(（](?:i|v|job|r|plan)-[0-9a-z]{26}[)）]/g
const lineOfId = /^[^:\n]+: (?:i|v|job|r|plan)-[0-9a-z]{26}\n?/gm

/** The way to what it is about stands below: messages name it by its id too, for those who get them elsewhere. */
function withoutIds(text: string): string {
  return text.replace(idInBrackets, '').replace(lineOfId, '')
}

/** Who looks at it has read it, if the role may say so. */
function useReading({ alertId, readAt }: Alert): void {
  const mayMark = useMayMarkRead()
  const { mutate } = useAction(routes.alerts.markRead, { touches: [routes.alerts.list] })
  const isDue = mayMark && readAt === undefined
  useEffect(() => {
    if (isDue) mutate({ path: { alertId } })
  }, [alertId, isDue, mutate])
}

function Ways({ alert: { instanceId, jobId, vaultId } }: { readonly alert: Alert }) {
  const { drawer } = usePageWords(alertsTexts)
  return (
    <Group gap="md">
      {instanceId !== undefined && (
        <AnchorLink to="/instances/$instanceId" params={{ instanceId }} size="sm">
          {drawer.toInstance}
        </AnchorLink>
      )}
      {jobId !== undefined && (
        <AnchorLink to="/jobs/$jobId" params={{ jobId }} size="sm">
          {drawer.toJob}
        </AnchorLink>
      )}
      {vaultId !== undefined && (
        <AnchorLink to="/vaults/$vaultId" params={{ vaultId }} size="sm">
          {drawer.toVault}
        </AnchorLink>
      )}
    </Group>
  )
}

function Times({ alert: { at, lastAt, occurrences, endedAt } }: { readonly alert: Alert }) {
  const { drawer } = usePageWords(alertsTexts)
  const lines = [
    { name: drawer.since, value: <Instant at={at} /> },
    { name: drawer.times, value: drawer.timesValue(occurrences) },
    ...(lastAt > at ? [{ name: drawer.last, value: <Instant at={lastAt} /> }] : []),
    { name: drawer.ended, value: endedAt === undefined ? drawer.still : <Instant at={endedAt} /> },
  ]
  return (
    <Stack gap={4}>
      {lines.map(({ name, value }) => (
        <Group key={name} gap="sm">
          <Text size="sm" c="dimmed" w={120}>
            {name}
          </Text>
          <Text size="sm" component="div">
            {value}
          </Text>
        </Group>
      ))}
    </Stack>
  )
}

function Told({ alert: { deliveries } }: { readonly alert: Alert }) {
  const { drawer } = usePageWords(alertsTexts)
  return (
    <section aria-label={drawer.told}>
      <Title order={3} size="h5" mb={4}>
        {drawer.told}
      </Title>
      {deliveries.length === 0 && (
        <Text size="sm" c="dimmed">
          {drawer.toldNobody}
        </Text>
      )}
      <List size="sm" listStyleType="none">
        {deliveries.map(({ channelId, at, problem }) => (
          <List.Item key={channelId}>
            <Channel id={channelId} />:{' '}
            {problem === undefined ? (
              <>
                {drawer.delivered}, <Instant at={at} />
              </>
            ) : (
              <Text span size="sm" c="red" style={{ overflowWrap: 'anywhere' }}>
                <SaidText text={problem} />
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    </section>
  )
}

function Channel({ id }: { readonly id: string }) {
  const { drawer } = usePageWords(alertsTexts)
  const naming = useNaming(id)
  const nameOf = useChannelName()
  if (naming.kind === 'nameless') return drawer.gone
  return <span dir="auto">{naming.kind === 'named' ? nameOf(naming.name) : '…'}</span>
}
