/** Filters of the audit log that match little find it, instead of reading the whole chain. */
import type { Migration } from './ddl.ts'

export const auditFiltersMigration: Migration = {
  number: 14,
  name: 'audit-filters',
  statements: [
    'create index audit_log_of_caller on audit_log (chain, caller, sequence)',
    'create index audit_log_of_name on audit_log (chain, caller_name, sequence)',
    'create index audit_log_of_action on audit_log (chain, action, sequence)',
  ],
}
