/** Activation codes (A2): used once, within 15 minutes, kept as a hash. Whoever uses one may also begin protection (A1). */
import type { AccountId, CodeId, InstanceId, UserId, VaultId } from '#contract'
import { ids, tryDecodeWire } from '#contract'
import { JsonFields } from '#engine'
import { hashSecret } from '../../authorization/secrets.ts'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import {
  type ActivationCode,
  createActivationCode,
} from '../../catalog/instances/activation-codes.ts'
import type { ServerKernel } from '../../kernel.ts'

export const codeLifeMs = 15 * 60_000

/** 5 bits each; none is mistaken for another (Crockford). */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 100 bits: nobody guesses one in 15 minutes. */
const digitCount = 20
const groupDigits = 5

/** What begins once the client is there. */
export type ActivationChoice = {
  readonly activate: boolean
  /** Undefined: the region's. */
  readonly vaultId: VaultId | undefined
  readonly note: string
}

export async function makeActivationCode(
  kernel: ServerKernel,
  of: {
    readonly accountId: AccountId
    readonly regionId: string
    readonly instanceId: InstanceId | null
    readonly choice: ActivationChoice
    readonly createdBy: UserId | null
  },
): Promise<{ readonly code: ActivationCode; readonly secret: string }> {
  const secret = newSecret(kernel.random(digitCount))
  const now = kernel.wallMs()
  const id: CodeId = kernel.catalog.newId('code')
  const code: ActivationCode = {
    id,
    accountId: of.accountId,
    regionId: of.regionId,
    instanceId: of.instanceId,
    hash: hashSecret(secret),
    plan: choiceToJson(of.choice),
    createdBy: of.createdBy,
    createdAt: now,
    expiresAt: now + codeLifeMs,
    usedAt: null,
    usedBy: null,
  }
  await createActivationCode(kernel.catalog.db, code)
  return { code, secret }
}

function newSecret(chance: Uint8Array): string {
  const text = Array.from(chance, (byte) => digits.charAt(byte & 31)).join('')
  const groups = text.match(new RegExp(`.{${groupDigits}}`, 'g')) ?? []
  return groups.join('-')
}

function choiceToJson({ activate, vaultId, note }: ActivationChoice): JsonRecord {
  return { activate, note, ...(vaultId === undefined ? {} : { vaultId }) }
}

/** What was chosen when the code was made; of `ActivationCode.plan`. @throws object.damaged */
export function choiceFromJson(record: JsonRecord): ActivationChoice {
  const fields = new JsonFields(record, 'activation code')
  const vault = tryDecodeWire(ids.vault, fields.has('vaultId') ? fields.text('vaultId') : '')
  return {
    activate: fields.has('activate') && fields.flag('activate'),
    vaultId: 'value' in vault ? vault.value : undefined,
    note: fields.has('note') ? fields.text('note') : '',
  }
}
