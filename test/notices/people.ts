// People of an account, and what they asked for.

import type { RestoreJobId } from '#contract'
import { createRequestedJob, createUser, grantRole } from '#server'
import { dayOne, type NoticeWorld } from './notice-world.ts'

export async function addOwner(world: NoticeWorld, email: string) {
  const id = world.catalog.newId('user')
  await createUser(world.db, {
    id,
    accountId: world.accountId,
    name: 'Owner',
    login: email,
    email,
    passwordHash: null,
    totpSecret: null,
    status: 'ACTIVE',
    mustChangePassword: false,
    failedLogins: 0,
    barredUntil: null,
    createdAt: dayOne,
    lastLoginAt: null,
  })
  const { accountId } = world
  await grantRole(world.db, {
    userId: id,
    accountId,
    role: 'owner',
    grantedBy: null,
    grantedAt: dayOne,
  })
  return id
}

/** A restore that somebody asked for. */
export async function addRestore(
  world: NoticeWorld,
): Promise<{ readonly asker: string; readonly restoreJobId: RestoreJobId }> {
  const asker = 'asker@example.org'
  const createdBy = await addOwner(world, asker)
  const restoreJobId = world.catalog.newId('restoreJob')
  await createRequestedJob(world.db, {
    id: restoreJobId,
    accountId: world.accountId,
    regionId: 'hangzhou',
    kind: 'RESTORE',
    trigger: 'MANUAL',
    planId: null,
    policyId: null,
    instanceId: world.instanceId,
    sourceInstanceId: world.instanceId,
    vaultId: world.vaultId,
    versionId: null,
    dueAt: null,
    request: {},
    createdBy,
    createdAt: dayOne,
    availableAt: dayOne,
    expiresAt: null,
    attemptsMax: 30,
  })
  return { asker, restoreJobId }
}
