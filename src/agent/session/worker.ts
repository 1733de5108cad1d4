/** The worker of an agent: assignments performed over sessions with the server. */
import type { ReceiptKeeper } from '../receipts/receipt-book.ts'
import type { AgentWorker } from '../work.ts'
import { performBackupWork } from './perform-backup.ts'
import { performRestoreWork } from './perform-restore.ts'
import type { WorkerPorts } from './session-ports.ts'

export function openWorker(ports: WorkerPorts, receipts: ReceiptKeeper): AgentWorker {
  return {
    backup: (work, observer, signal) =>
      performBackupWork({ ...ports, receipts }, work, observer, signal),
    restore: (work, observer, signal) => performRestoreWork(ports, work, observer, signal),
  }
}
