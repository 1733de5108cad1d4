/** What the client found on its machine: system, volumes, and databases with the warning that copying them needs (B7). */
import { Alert, Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Instance, Volume } from '#contract'
import { formatBytes, Instant } from '../../parts/formats.tsx'
import { PathName } from '../../parts/path-name.tsx'
import { ProblemText } from '../../parts/problem-text.tsx'
import { instanceTexts } from '../../words/instance.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'

export function MachineFacts({ instance }: { readonly instance: Instance }) {
  const { settings } = usePageWords(instanceTexts)
  const { systemName, architecture, hostName, addresses, client, volumes, databases } = instance
  const system = [systemName, architecture].filter((part) => part !== undefined).join(', ')
  return (
    <Stack gap="xs">
      {system !== '' && <Line name={settings.system}>{system}</Line>}
      {hostName !== undefined && <Line name={settings.host}>{hostName}</Line>}
      {addresses.length > 0 && <Line name={settings.addresses}>{addresses.join(', ')}</Line>}
      <Line name={settings.client}>
        <Group gap="xs">
          <span>{settings.clientStatuses[client.status]}</span>
          {client.version !== undefined && <span>{settings.clientVersion(client.version)}</span>}
          {client.upgradable && (
            <Badge variant="light" tt="none">
              {settings.upgradable}
            </Badge>
          )}
        </Group>
      </Line>
      {client.lastSeenAt !== undefined && (
        <Line name={settings.lastSeen}>
          <Instant at={client.lastSeenAt} />
        </Line>
      )}
      {client.problem !== undefined && (
        <Text size="sm" c="red" style={{ overflowWrap: 'anywhere' }}>
          <ProblemText problem={client.problem} />
        </Text>
      )}
      <Line name={settings.volumes}>
        {volumes.length === 0 ? (
          settings.noVolumes
        ) : (
          <Stack gap="xs">
            {volumes.map((volume) => (
              <VolumeLine key={volume.path} volume={volume} />
            ))}
          </Stack>
        )}
      </Line>
      {databases.length > 0 && <Databases databases={databases} />}
    </Stack>
  )
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Group align="flex-start" style={{ gap: '0 var(--mantine-spacing-sm)' }}>
      <Text size="sm" c="dimmed" w={{ base: '100%', xs: 210 }}>
        {name}
      </Text>
      <Text size="sm" component="div" flex={1} miw={160} style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </Group>
  )
}

function VolumeLine({ volume }: { readonly volume: Volume }) {
  const { settings } = usePageWords(instanceTexts)
  const { locale } = useLanguage()
  const { path, fileSystem, totalBytes, usedBytes, local } = volume
  const percent = totalBytes === 0 ? 0 : Math.min(100, (usedBytes / totalBytes) * 100)
  const used = settings.used(formatBytes(usedBytes, locale), formatBytes(totalBytes, locale))
  return (
    <div>
      <Group gap="xs" justify="space-between">
        <PathName path={path} fz="sm" fw={600} maw={280} />
        <Text size="xs" c="dimmed">
          {totalBytes === 0 ? fileSystem : `${fileSystem} · ${used}`}
        </Text>
      </Group>
      {local ? (
        <Progress value={percent} size="sm" aria-label={used} />
      ) : (
        <Text size="xs" c="dimmed">
          {settings.notLocal}
        </Text>
      )}
    </div>
  )
}

function Databases({ databases }: Pick<Instance, 'databases'>) {
  const { settings } = usePageWords(instanceTexts)
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle aria-hidden />}
      title={
        <Text span inherit c="var(--mantine-color-text)">
          {settings.databases}
        </Text>
      }
      mt="xs"
    >
      <Stack gap={4}>
        <Text size="sm">{settings.databaseWarning}</Text>
        {databases.map(({ kind, path, running }) => (
          <Group key={path} gap="xs">
            <Badge variant="light" color="gray" tt="none">
              {settings.databaseKinds[kind]}
            </Badge>
            <PathName path={path} fz="sm" className="mono" maw={360} />
            {running && <Text size="xs">{settings.databaseRunning}</Text>}
          </Group>
        ))}
      </Stack>
    </Alert>
  )
}
