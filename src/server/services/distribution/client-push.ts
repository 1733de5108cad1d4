/**
 * Activation of an instance whose client is missing (A2): the push runs on after the call, and the status of the client says
 * what became of it (A5). The access stands in the record of the client; the key is in the server's configuration.
 */
import { failure, isFailure } from '#base'
import { routes } from '#contract'
import { listClientsOf, updateClient } from '../../catalog/instances/clients.ts'
import type { Instance } from '../../catalog/instances/instances.ts'
import type { ServerKernel } from '../../kernel.ts'
import { announceStatus } from '../protection/instance-facts.ts'
import type { ClientPush } from '../protection/protection-ports.ts'
import type { PushInstaller, PushRequest } from './push-install.ts'
import type { LoginSecret } from './remote-machine.ts'

export type ClientPushPorts = {
  readonly kernel: ServerKernel
  readonly installer: PushInstaller
  /** By its name in the configuration. */
  readonly findSecret: (keyName: string) => LoginSecret | undefined
}

export function clientPush(ports: ClientPushPorts): ClientPush {
  return {
    async canReach(instance) {
      return (await findAccess(ports, instance)) !== undefined
    },
    async begin({ instance, code, host }) {
      const found = await findAccess(ports, instance)
      if (found === undefined) {
        const problem = 'no access over SSH was given'
        throw failure('agent.unreachable', { instance: instance.name, problem })
      }
      const secret = ports.findSecret(found.keyName)
      if (secret === undefined) throw failure('push.key-unknown', { name: found.keyName })
      void perform(ports, instance, { access: { ...found, secret }, code, host })
    },
  }
}

/** Its failures are for the status of the client: nobody waits for it. */
async function perform(
  { kernel, installer }: ClientPushPorts,
  instance: Instance,
  request: PushRequest,
): Promise<void> {
  try {
    await installer.install(request, kernel.ending)
    kernel.log.info({ instance: instance.id }, 'the client was installed over SSH')
  } catch (problem) {
    // A server that ends marks nothing: the status runs out, and another push is safe.
    if (kernel.ending.aborted) return
    const said = problem instanceof Error ? problem.message : String(problem)
    await noteFailure(kernel, instance, isFailure(problem) ? said : 'an unexpected error').catch(
      (fault: unknown) => kernel.log.error({ fault: String(fault) }, 'the failure was not noted'),
    )
    kernel.log.warn({ instance: instance.id, problem: said }, 'a push over SSH failed')
  }
}

async function noteFailure(kernel: ServerKernel, { id }: Instance, problem: string): Promise<void> {
  const { db } = kernel.catalog
  const client = (await listClientsOf(db, [id])).get(id)
  if (client === undefined) return
  const change = {
    status: 'INSTALL_FAILED',
    problemCode: 'client.install-failed',
    problem: problem.replace(/\.$/, ''),
    updatedAt: kernel.wallMs(),
  } as const
  // A client that is heard from meanwhile was installed, whatever the push says.
  const changed = await updateClient(db, client.id, change, ['INSTALLING'])
  if (changed !== undefined) await announceStatus(kernel, id)
}

const sshAccess = routes.instances.create.body.shape.ssh

async function findAccess({ kernel }: ClientPushPorts, { id }: Instance) {
  const client = (await listClientsOf(kernel.catalog.db, [id])).get(id)
  const { success, data } = sshAccess.safeParse(client?.settings['ssh'])
  return success ? data : undefined
}
