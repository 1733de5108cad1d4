/** The columns of the audit log. */
import { Badge, Text } from '@mantine/core'
import { useMemo } from 'react'
import { type AuditEntry, type AuditResult, ofInstanceKinds } from '#contract'
import { useNaming } from '../../api/names.ts'
import { Instant } from '../../parts/formats.tsx'
import { shortId } from '../../parts/object-name.tsx'
import type { Column } from '../../parts/rows.tsx'
import { auditTexts } from '../../words/audit.ts'
import { usePageWords } from '../../words/language.tsx'
import { namesTexts } from '../../words/names.ts'
import { kindOf } from './kinds.ts'

const colors: Readonly<Record<AuditResult, string>> = {
  done: 'teal',
  refused: 'yellow',
  failed: 'red',
}

export function ResultBadge({ result }: { readonly result: AuditResult }) {
  const { results } = usePageWords(auditTexts)
  return (
    <Badge variant="light" color={colors[result]} tt="none">
      {results[result]}
    </Badge>
  )
}

/** By name; without one, what it is and the end of its id, so that two can be told apart. */
export function AuditedObject({ id }: { readonly id: string }) {
  const { deeds } = usePageWords(auditTexts)
  const kind = kindOf(id)
  const naming = useNaming(id)
  const { removed } = usePageWords(namesTexts)
  const about = kind === undefined ? '' : (deeds.kinds[kind] ?? '')
  if (naming.kind === 'named') {
    const name = naming.isRemoved ? removed(naming.name) : naming.name
    return (
      <span title={`${about}: ${name}`} dir="auto">
        {isOfInstance(kind) ? `${about} ${name}` : name}
      </span>
    )
  }
  return (
    <span title={id}>
      {about}{' '}
      <Text span c="dimmed" className="mono">
        {kind === undefined ? id.slice(0, 12) : shortId(id)}
      </Text>
    </span>
  )
}

/** Called by its machine, as much else is: what it is must stand beside it. */
function isOfInstance(kind: string | undefined): boolean {
  return ofInstanceKinds.some((one) => one === kind)
}

/** A client is known by its machine; people by what they signed in with. */
export function Who({ entry: { caller, who } }: { readonly entry: AuditEntry }) {
  const naming = useNaming(caller === 'agent' ? who : undefined)
  const { callers } = usePageWords(auditTexts)
  if (caller === 'public') return callers.public
  const name = naming.kind === 'named' ? naming.name : who
  return <bdi title={name}>{name}</bdi>
}

export function useAuditColumns(): readonly Column<AuditEntry>[] {
  const { columns, callers, deeds } = usePageWords(auditTexts)
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
            <Text size="sm" truncate>
              <Who entry={entry} />
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
          <Text size="sm" truncate title={`${deeds.names[action] ?? deeds.looked} (${action})`}>
            {deeds.names[action] ?? deeds.looked}
          </Text>
        ),
      },
      {
        key: 'object',
        title: columns.object,
        width: 'minmax(100px, 1.6fr)',
        wideOnly: true,
        cell: ({ object }) => (object === undefined ? '' : <AuditedObject id={object} />),
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
    [columns, callers, deeds],
  )
}
