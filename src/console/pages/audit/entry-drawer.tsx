/** One entry of the audit log, whole: with the ids and codes that other programs know it by. */
import { Code, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AuditEntry } from '#contract'
import { SidePanel } from '../../parts/dialog.tsx'
import { formatInstant, formatRelative, useNow } from '../../parts/formats.tsx'
import { auditTexts } from '../../words/audit.ts'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { AuditedObject, ResultBadge, Who } from './columns.tsx'

export function EntryDrawer({
  entry,
  onClose,
}: {
  readonly entry: AuditEntry
  readonly onClose: () => void
}) {
  const { details } = usePageWords(auditTexts)
  const lines = useLines(entry)
  return (
    <SidePanel onClose={onClose} title={details.title}>
      <Stack gap="sm" style={{ overflowWrap: 'anywhere' }}>
        {lines.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" component="div">
              {value}
            </Text>
          </div>
        ))}
      </Stack>
    </SidePanel>
  )
}

function useLines(entry: AuditEntry): readonly (readonly [string, ReactNode])[] {
  const { columns, details, callers, deeds } = usePageWords(auditTexts)
  const { locale } = useLanguage()
  const now = useNow()
  const { at, caller, who, from, action, object, result, problem, requestId, auditId, paths } =
    entry
  const exact = new Date(at).toISOString()
  return [
    [
      columns.at,
      <time key="at" dateTime={exact} title={exact}>
        {formatInstant(at, locale)} · {formatRelative(at, now, locale)}
      </time>,
    ],
    [
      columns.who,
      caller === 'public' ? <bdi key="who">{who}</bdi> : <Who key="who" entry={entry} />,
    ],
    [details.caller, callers[caller]],
    ...(from === undefined ? [] : [[columns.from, <Code key="from">{from}</Code>] as const]),
    [columns.action, deeds.names[action] ?? deeds.looked],
    [details.call, <Code key="call">{action}</Code>],
    ...(object === undefined
      ? []
      : [
          [columns.object, <AuditedObject key="object" id={object} />] as const,
          [details.objectId, <Code key="id">{object}</Code>] as const,
        ]),
    [columns.result, <ResultBadge key="result" result={result} />],
    ...(problem === undefined
      ? []
      : [[details.problem, <Code key="problem">{problem}</Code>] as const]),
    ...(paths === undefined
      ? []
      : [
          [
            details.paths,
            <Code key="paths" block mah={320}>
              {paths}
            </Code>,
          ] as const,
        ]),
    [details.request, <Code key="request">{requestId}</Code>],
    [details.entry, <Code key="entry">{auditId}</Code>],
  ]
}
