import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertKind } from '#contract'
import type { NoticeFact } from '../../notices.ts'
import { allFacts, run } from './facts.fixture.ts'
import { settleFact } from './settle-fact.ts'

const topics = (fact: NoticeFact) => settleFact(fact).raises?.topic

test('every kind of alert has a fact that raises it, and words that end alerts raise none (H4)', () => {
  for (const fact of allFacts) {
    const { raises, ends } = settleFact(fact)
    const many = fact.kind === 'deletions-refused' ? 'DELETION_REFUSED' : undefined
    equal(raises?.kind, /^[A-Z]/.test(fact.kind) ? fact.kind : many)
    equal(
      ends !== undefined,
      /^(backup-complete|client-back|vault-has-room|BACKUP_PARTIAL)$/.test(fact.kind),
    )
  }
})

test('one cause is one topic: what differs is when, which job and how many (H4)', () => {
  for (const fact of allFacts) {
    const later = {
      ...fact,
      at: fact.at + 1,
      ...('jobId' in fact ? { jobId: 'job-2' } : {}),
    } as NoticeFact
    equal(topics(later), topics(fact), fact.kind)
  }
})

test('another plan, machine, vault or event is another cause (H4)', () => {
  const [failed] = allFacts
  const seen = new Set(allFacts.map(topics))
  equal(seen.size, allFacts.filter((fact) => topics(fact) !== undefined).length + 1)
  for (const change of [{ planId: 'plan-2' }, { instanceId: 'i-2' }]) {
    equal(topics({ ...failed, ...change } as NoticeFact) === topics(failed as NoticeFact), false)
  }
  const lock = { ...run, kind: 'LOCK_EVENT', vaultName: 'main', text: 'raised' } as const
  equal(topics(lock as NoticeFact) === topics({ ...lock, text: 'lowered' } as NoticeFact), false)
})

test('a complete backup ends what was wrong with the plan, a partial one what said that there is none (H4)', () => {
  const kinds = (kind: NoticeFact['kind']): readonly AlertKind[] | undefined => {
    const fact = allFacts.find((one) => one.kind === kind)
    return fact === undefined ? undefined : settleFact(fact).ends?.kinds
  }
  deepEqual(kinds('backup-complete'), [
    'BACKUP_FAILED',
    'BACKUP_PARTIAL',
    'NO_RECENT_BACKUP',
    'WINDOW_MISSED',
  ])
  deepEqual(kinds('BACKUP_PARTIAL'), ['BACKUP_FAILED', 'NO_RECENT_BACKUP', 'WINDOW_MISSED'])
  deepEqual(kinds('client-back'), ['CLIENT_LOST'])
  deepEqual(kinds('vault-has-room'), ['VAULT_NEARLY_FULL'])
})
