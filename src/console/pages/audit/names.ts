/** What ids of the audit log are ids of, and the names behind them where there are some. */
import { useMemo } from 'react'
import { type AuditEntry, ids, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { auditTexts } from '../../words/audit.ts'
import { usePageWords } from '../../words/language.tsx'

const query = { limit: 200 }
/** As `ids` calls it; a region is any short word, so that it cannot be told by its id. */
export function kindOf(id: string): string | undefined {
  const found = Object.entries(ids).find(
    ([kind, schema]) => kind !== 'region' && schema.safeParse(id).success,
  )
  return found?.[0]
}

export type AuditNames = {
  /** Undefined: it has no name, or none that is known here. */
  readonly find: (id: string) => string | undefined
  readonly who: (entry: Pick<AuditEntry, 'who' | 'caller'>) => string
  readonly deed: (action: string) => string
}

export function useAuditNames(): AuditNames {
  const { deeds } = usePageWords(auditTexts)
  const { items: instances } = usePages(routes.instances.list, { query })
  const { items: vaults } = usePages(routes.vaults.list, { query })
  const { items: users } = usePages(routes.users.list, { query })
  const { items: policies } = usePages(routes.policies.list, { query })
  return useMemo(() => {
    const names = new Map<string, string>([
      ...instances.map(({ instanceId, name }) => [instanceId, name] as const),
      ...vaults.map(({ vaultId, name }) => [vaultId, name] as const),
      ...users.map(({ userId, name }) => [userId, name] as const),
      ...policies.map(({ policyId, name }) => [policyId, name] as const),
    ])
    return {
      find: (id) => names.get(id),
      who: ({ who, caller }) => (caller === 'agent' ? (names.get(who) ?? who) : who),
      deed: (action) => deeds.names[action] ?? deeds.looked,
    }
  }, [deeds, instances, vaults, users, policies])
}
