/** Activation codes (A2): made, listed without their secrets, revoked. */
import { failure } from '#base'
import type { ItemOf, RegionId, routes } from '#contract'
import {
  type ActivationCode,
  findActivationCode,
  listActivationCodes,
  revokeActivationCode,
} from '../../catalog/instances/activation-codes.ts'
import { findInstance } from '../../catalog/instances/instances.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'
import { choiceFromJson, makeActivationCode } from './activation-code.ts'
import { chosenVault } from './default-vault.ts'
import { checkRegion } from './instance-handlers.ts'
import type { ProtectionPorts } from './protection-ports.ts'

export function activationCodeHandlers(
  kernel: ServerKernel,
  ports: ProtectionPorts,
): HandlersOf<'activationCodes'> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity }) {
      const filter = { accountId: accountOf(identity), regionId: query.regionId }
      const page = await listActivationCodes(db, filter, pageRequestOf(query))
      return { items: page.items.map(showCode), next: page.next }
    },
    async create({ body }, { identity, host }) {
      const accountId = accountOf(identity)
      const { regionId, vaultId } = body
      await checkRegion(kernel, accountId, regionId)
      if (body.instanceId !== undefined) await checkInstance(kernel, accountId, body)
      if (vaultId !== undefined) await chosenVault(kernel, { accountId, regionId }, vaultId)
      const { code, secret } = await makeActivationCode(kernel, {
        accountId,
        regionId,
        instanceId: body.instanceId ?? null,
        choice: { activate: body.activate ?? false, vaultId, note: body.note ?? '' },
        createdBy: userOf(identity).userId,
      })
      return {
        activationCode: showCode(code),
        secret,
        command: ports.installCommand(secret, host),
      }
    },
    async revoke({ path }) {
      const code = await findActivationCode(db, path.codeId)
      if (code === undefined) {
        throw failure('record.not-found', { kind: 'activation code', id: path.codeId })
      }
      await revokeActivationCode(db, path.codeId, kernel.wallMs())
      return undefined
    },
  }
}

/** @throws instance.not-found */
async function checkInstance(
  kernel: ServerKernel,
  accountId: ActivationCode['accountId'],
  of: { readonly instanceId?: ActivationCode['instanceId'] | undefined; readonly regionId: string },
): Promise<void> {
  const id = of.instanceId ?? undefined
  const instance = id === undefined ? undefined : await findInstance(kernel.catalog.db, id)
  const isOurs = instance?.accountId === accountId && instance.regionId === of.regionId
  if (!isOurs || instance.state === 'RELEASED') {
    throw failure('instance.not-found', { instance: id ?? '' })
  }
}

function showCode(code: ActivationCode): ItemOf<(typeof routes)['activationCodes']['list']> {
  const { instanceId, usedAt, usedBy } = code
  return {
    codeId: code.id,
    regionId: code.regionId as RegionId,
    ...(instanceId === null ? {} : { instanceId }),
    note: choiceFromJson(code.plan).note,
    createdAt: code.createdAt,
    expiresAt: code.expiresAt,
    ...(usedAt === null ? {} : { usedAt }),
    ...(usedBy === null ? {} : { usedBy }),
  }
}
