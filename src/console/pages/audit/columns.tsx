/** The columns of the audit log. */
import { Badge, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { AuditEntry, AuditResult } from '#contract'
import { Instant } from '../../parts/formats.tsx'
import type { Column } from '../../parts/rows.tsx'
import { auditTexts } from '../../words/audit.ts'
import { usePageWords } from '../../words/language.tsx'
import { type AuditNames, kindOf } from './names.ts'

const colors: Readonly<Record<AuditResult, string>> = {
  done: 'teal',
  refused: 'yellow',
  failed: 'red',
}
const shownDigits = 6

export function ResultBadge({ result }: { readonly result: AuditResult }) {
  const { results } = usePageWords(auditTexts)
  return (
    <Badge variant="light" color={colors[result]} tt="none">
      {results[result]}
    </Badge>
  )
}

/** By name; without one, what it is and the end of its id, so that two can be told apart. */
export function ObjectName({ id, names }: { readonly id: string; readonly names: AuditNames }) {
  const { deeds } = usePageWords(auditTexts)
  const kind = kindOf(id)
  const name = names.find(id)
  const about = kind === undefined ? '' : (deeds.kinds[kind] ?? '')
  if (name !== undefined)
    return (
      <span title={`${about}: ${name}`} dir="auto">
        {name}
      </span>
    )
  return (
    <span title={id}>
      {about}{' '}
      <Text span c="dimmed" className="mono">
        {kind === undefined ? id.slice(0, 12) : `…${id.slice(-shownDigits)}`}
      </Text>
    </span>
  )
}

export function useAuditColumns(names: AuditNames): readonly Column<AuditEntry>[] {
  const { columns, callers } = usePageWords(auditTexts)
  return useMemo(
    (): readonly Column<AuditEntry>[] => [
      {
        key: 'at',
        title: columns.at,
        width: 'minmax(64px, 1fr)',
        cell: ({ at }) => <Instant at={at} />,
      },
      {
        key: 'who',
        title: columns.who,
        width: 'minmax(0, 1.4fr)',
        cell: (entry) => (
          <>
            <Text size="sm" truncate title={names.who(entry)} dir="auto">
              {entry.caller === 'public' ? callers.public : names.who(entry)}
            </Text>
            {entry.caller !== 'public' && (
              <Text size="xs" c="dimmed" truncate>
                {callers[entry.caller]}
              </Text>
            )}
          </>
        ),
      },
      {
        key: 'action',
        title: columns.action,
        width: 'minmax(0, 2fr)',
        cell: ({ action }) => (
          <Text size="sm" truncate title={`${names.deed(action)} (${action})`}>
            {names.deed(action)}
          </Text>
        ),
      },
      {
        key: 'object',
        title: columns.object,
        width: 'minmax(100px, 1.6fr)',
        wideOnly: true,
        cell: ({ object }) =>
          object === undefined ? '' : <ObjectName id={object} names={names} />,
      },
      {
        key: 'from',
        title: columns.from,
        width: 'minmax(80px, 1fr)',
        wideOnly: true,
        cell: ({ from }) => (
          <span className="mono" title={from}>
            {from}
          </span>
        ),
      },
      {
        key: 'result',
        title: columns.result,
        width: '76px',
        cell: ({ result }) => <ResultBadge result={result} />,
      },
    ],
    [columns, callers, names],
  )
}
