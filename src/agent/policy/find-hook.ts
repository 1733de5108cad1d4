/** A hook by its name, from the hooks directory of the local policy, as a file that only root can have written. */
import { join } from 'node:path'
import { failure } from '#base'
import type { LocalPolicy } from './local-policy.ts'
import { findFileFault, type Owner } from './root-owned.ts'

/** @throws hook.unknown, agent.policy-refused */
export async function findHook(name: string, policy: LocalPolicy, owner: Owner): Promise<string> {
  const file = policy.hooks.get(name)
  if (file === undefined) throw failure('hook.unknown', { hook: name })
  const path = join(policy.hooksDirectory, file)
  const fault = await findFileFault(path, owner)
  if (fault !== undefined) {
    const problem = `the hook "${name}" is not run: ${fault}`
    throw failure('agent.policy-refused', { problem })
  }
  return path
}
