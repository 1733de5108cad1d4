/** One entry of the audit log, whole: with the ids and codes that other programs know it by. */
import { Code, Drawer, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AuditEntry } from '#contract'
import { formatInstant, formatRelative, useNow } from '../../parts/formats.tsx'
import { auditTexts } from '../../words/audit.ts'
import { useLanguage, usePageWords, useWords } from '../../words/language.tsx'
import { ObjectName, ResultBadge } from './columns.tsx'
import type { AuditNames } from './names.ts'

export function EntryDrawer({
  entry,
  names,
  onClose,
}: {
  readonly entry: AuditEntry
  readonly names: AuditNames
  readonly onClose: () => void
}) {
  const { details } = usePageWords(auditTexts)
  const { everywhere } = useWords()
  const lines = useLines(entry, names)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={details.title}
      closeButtonProps={{ 'aria-label': everywhere.close }}
    >
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
    </Drawer>
  )
}

function useLines(entry: AuditEntry, names: AuditNames): readonly (readonly [string, ReactNode])[] {
  const { columns, details, callers } = usePageWords(auditTexts)
  const { locale } = useLanguage()
  const now = useNow()
  const { at, caller, who, from, action, object, result, problem, requestId, auditId } = entry
  const exact = new Date(at).toISOString()
  return [
    [
      columns.at,
      <time key="at" dateTime={exact} title={exact}>
        {formatInstant(at, locale)} · {formatRelative(at, now, locale)}
      </time>,
    ],
    [columns.who, <bdi key="who">{caller === 'public' ? who : names.who(entry)}</bdi>],
    [details.caller, callers[caller]],
    ...(from === undefined ? [] : [[columns.from, <Code key="from">{from}</Code>] as const]),
    [columns.action, names.deed(action)],
    [details.call, <Code key="call">{action}</Code>],
    ...(object === undefined
      ? []
      : [
          [columns.object, <ObjectName key="object" id={object} names={names} />] as const,
          [details.objectId, <Code key="id">{object}</Code>] as const,
        ]),
    [columns.result, <ResultBadge key="result" result={result} />],
    ...(problem === undefined
      ? []
      : [[details.problem, <Code key="problem">{problem}</Code>] as const]),
    [details.request, <Code key="request">{requestId}</Code>],
    [details.entry, <Code key="entry">{auditId}</Code>],
  ]
}
