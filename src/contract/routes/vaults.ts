/** Vaults and their locks. */
import { z } from 'zod'
import { vaultStates } from '../enums/vaults.ts'
import { ids } from '../ids.ts'
import { listQuery } from '../paging.ts'
import { confirmed } from '../records/plan.ts'
import * as record from '../records/vault.ts'
import { accepted, empty, json, page, route } from '../route.ts'
import { label } from '../wire/text.ts'
import { administrators, owners, readers } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'vault', effect: 'none' } as const
const shaping = {
  callers: administrators,
  scope: 'administer',
  object: 'vault',
  effect: 'none',
} as const

export const vaults = {
  list: route({
    method: 'GET',
    path: '/vaults',
    summary: 'Vaults, each with the sentence that may be said about its lock',
    query: listQuery(['name', 'createdAt', 'storedBytes'], {
      regionId: ids.region.optional(),
      state: z.enum(vaultStates).optional(),
      search: label(64).optional(),
    }),
    answer: page(record.vault),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/vaults',
    summary: 'Make a vault',
    body: record.newVault,
    answer: accepted(record.vault),
    repeat: 'key',
    refusals: ['record.exists', 'record.not-found', 'retention.out-of-range', 'quota.exceeded'],
    class: { ...shaping, object: 'account' },
  }),
  storages: route({
    method: 'GET',
    path: '/vault-storages',
    summary: 'Where the server can keep a new vault, the default one first',
    answer: json(record.vaultStorages),
    repeat: 'safe',
    class: { ...reading, callers: administrators, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/vaults/{vaultId}',
    summary: 'A vault',
    answer: json(record.vault),
    repeat: 'safe',
    refusals: ['vault.not-found'],
    class: reading,
  }),
  update: route({
    method: 'PATCH',
    path: '/vaults/{vaultId}',
    summary: 'Change name, description, quota, index, sharing or tags of a vault; never its lock',
    body: record.vaultChange,
    answer: json(record.vault),
    repeat: 'same',
    refusals: ['vault.not-found', 'record.exists'],
    class: { ...shaping, effect: 'mayShorten' },
  }),
  proposeLock: route({
    method: 'GET',
    path: '/vaults/{vaultId}/lock',
    summary: 'What raising the lock would cover, and the confirmation to type (L2)',
    query: z.strictObject({ to: z.enum(['governed', 'compliance']) }),
    answer: json(record.lockProposal),
    repeat: 'safe',
    refusals: ['vault.not-found', 'vault.lock-not-raised'],
    class: reading,
  }),
  raiseLock: route({
    method: 'POST',
    path: '/vaults/{vaultId}/lock',
    summary: 'Raise the lock of a vault; it is never lowered',
    body: record.lockRaise,
    answer: json(record.vault),
    repeat: 'same',
    refusals: ['vault.not-found', 'vault.lock-not-raised', 'confirmation.wrong'],
    class: { ...shaping, callers: owners, effect: 'extendsOnly' },
  }),
  proposeRemoval: route({
    method: 'GET',
    path: '/vaults/{vaultId}/removal',
    summary: 'What deleting a vault would end, and the confirmation to type',
    answer: json(record.vaultRemovalProposal),
    repeat: 'safe',
    refusals: ['vault.not-found'],
    class: reading,
  }),
  remove: route({
    method: 'POST',
    path: '/vaults/{vaultId}/removal',
    summary: 'Delete a vault after a delay; refused while locked points live in it',
    body: confirmed,
    answer: accepted(record.vaultRemovalProposal),
    repeat: 'same',
    refusals: ['vault.not-found', 'vault.locked', 'confirmation.wrong'],
    class: { ...shaping, callers: owners, effect: 'mayEndPoints' },
  }),
  keep: route({
    method: 'DELETE',
    path: '/vaults/{vaultId}/removal',
    summary: 'Take back the deletion of a vault while its delay lasts',
    answer: empty,
    repeat: 'same',
    refusals: ['vault.not-found'],
    class: { ...shaping, effect: 'extendsOnly' },
  }),
  rebuildCatalog: route({
    method: 'POST',
    path: '/vaults/{vaultId}/rebuild-catalog',
    summary: 'Read all versions and points of a vault into the catalog again (E6)',
    answer: accepted(record.vault),
    repeat: 'same',
    refusals: ['vault.not-found', 'vault.leased'],
    class: { ...shaping, effect: 'mayShorten' },
  }),
} as const
