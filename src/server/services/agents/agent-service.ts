/** The server's end of the channel to agents: one for a process. */
import type { Progress } from '#contract'
import type { Job } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { AgentPorts } from './agent-ports.ts'
import { Contacts } from './contacts.ts'
import { KnownAgents } from './known-agents.ts'
import { Runs } from './runs.ts'

export type AgentService = {
  readonly kernel: ServerKernel
  readonly ports: AgentPorts
  readonly known: KnownAgents
  readonly contacts: Contacts
  readonly runs: Runs
  /** What was heard last of a running job. */
  readonly progressOf: (jobId: Job['id']) => Progress | undefined
  /** Writes what waits; before the catalog is closed. */
  flush(): Promise<void>
}

export function createAgentService(kernel: ServerKernel, ports: AgentPorts): AgentService {
  const known = new KnownAgents(kernel)
  const contacts = new Contacts(kernel, known)
  const runs = new Runs(kernel)
  return {
    kernel,
    ports,
    known,
    contacts,
    runs,
    progressOf: (jobId) => runs.find(jobId),
    async flush() {
      await contacts.flush()
      await runs.flush()
    },
  }
}
