/** An account with one object of every kind, and a person in every role: what attacks on other people's objects need. */
import { randomBytes } from 'node:crypto'
import { assert } from '#base'
import {
  type AccountId,
  type ObjectKind,
  type PasskeyId,
  type PointId,
  type Role,
  roles,
  type Scope,
  scopes,
  type TokenId,
  type UserId,
} from '#contract'
import { hashSecret, newSecret } from '../authorization/secrets.ts'
import { putRegion } from '../catalog/accounts/accounts.ts'
import { createPasskey } from '../catalog/accounts/passkeys.ts'
import { createToken } from '../catalog/accounts/tokens.ts'
import { createUser, grantRole } from '../catalog/accounts/users.ts'
import type { Catalog } from '../catalog/database/open-catalog.ts'
import { createActivationCode } from '../catalog/instances/activation-codes.ts'
import { clientDefaults } from '../catalog/instances/client-defaults.ts'
import { createClient } from '../catalog/instances/clients.ts'
import { createRequestedJob } from '../catalog/jobs/job-creation.ts'
import { putChannel, raiseAlert } from '../catalog/journal/alerts.ts'
import { createBinding, createPolicy } from '../catalog/plans/policies.ts'
import { fillPoints } from '../catalog/vaults/fill-points.ts'
import {
  addAccount,
  addInstance,
  addPlan,
  addVault,
  dayOne,
  jobDraft,
  minute,
  pointOf,
  regionId,
  type World,
} from '../catalog/world.contract.ts'
import { makeAuthority, type TestAuthority, type TestCertificate } from './certificates.contract.ts'

export type TestPerson = {
  readonly userId: UserId
  readonly role: Role
  /** Of a sign-in. */
  readonly cookie: string
  /** Of an API token with all scopes. */
  readonly token: string
  readonly tokenId: TokenId
  readonly passkeyId: PasskeyId
}

export type Tenant = {
  readonly ids: Readonly<Record<Exclude<ObjectKind, 'self' | 'server' | 'nothing'>, string>>
  readonly accountId: AccountId
  readonly people: Readonly<Record<Role, TestPerson>>
  readonly agent: TestCertificate
}

const random = (length: number) => new Uint8Array(randomBytes(length))
const year = 365 * 24 * 60 * minute

export async function addTenant(
  catalog: Catalog,
  name: string,
  authority: TestAuthority = makeAuthority(),
): Promise<Tenant> {
  const { db } = catalog
  const accountId = await addAccount(catalog, name)
  const ownRegion = `region-of-${name}`
  await putRegion(db, {
    id: ownRegion,
    accountId,
    name: ownRegion,
    controlUrl: null,
    dataUrl: null,
    createdAt: dayOne,
  })
  const vaultId = await addVault(catalog, accountId, name)
  const { id: instanceId } = await addInstance(catalog, accountId, { name: `${name}-1` })
  const { id: planId } = await addPlan(catalog, { accountId, vaultId, instanceId })
  const world = { catalog, db, accountId, vaultId, instanceId, planId } as const
  const agent = authority.issue()
  const jobOf = async (kind: 'BACKUP' | 'RESTORE') => {
    const id = catalog.newId(kind === 'BACKUP' ? 'job' : 'restoreJob')
    const draft = { ...jobDraft({ ...world, ...unused }), id, kind, planId: null }
    const made = await createRequestedJob(db, draft)
    assert(made.kind === 'created', 'a tenant begins without jobs')
    return id
  }
  const people = await addPeople(catalog, accountId, name)
  const spare = await addToken(catalog, { ...people.owner, accountId }, 'api')
  const clientId = await addClient(world, agent)
  return {
    accountId,
    people,
    agent,
    ids: {
      account: accountId,
      alert: await addAlert(world),
      audit: catalog.newId('audit'),
      ...(await addShapes(world)),
      client: clientId,
      code: await addCode(world),
      event: catalog.newId('event'),
      instance: instanceId,
      job: await jobOf('BACKUP'),
      passkey: people.owner.passkeyId,
      plan: planId,
      ...(await addPoint(world)),
      region: ownRegion,
      restoreJob: await jobOf('RESTORE'),
      rule: catalog.newId('rule'),
      session: catalog.newId('session'),
      token: spare.id,
      user: people.auditor.userId,
      vault: vaultId,
    },
  }
}

const unused = {
  openAnother: () => Promise.reject(new Error('no test of the listener opens another')),
  [Symbol.asyncDispose]: async () => {},
}

type Parts = Omit<World, 'openAnother' | typeof Symbol.asyncDispose>

/** What says how others are treated: a policy, its binding, a channel. */
async function addShapes({ catalog, accountId, instanceId }: Parts) {
  const { db } = catalog
  const owned = { accountId, regionId, createdAt: dayOne, updatedAt: dayOne }
  const policyRow = {
    ...owned,
    id: catalog.newId('policy'),
    name: 'weekly',
    description: '',
    rules: [],
    revision: 1,
    deletedAt: null,
  }
  await createPolicy(db, policyRow)
  const bindingRow = {
    ...owned,
    id: catalog.newId('binding'),
    policyId: policyRow.id,
    instanceId,
    status: 'ACTIVE',
    createdByTag: false,
    settings: {},
  } as const
  await createBinding(db, bindingRow)
  const channelId = catalog.newId('channel')
  await putChannel(db, {
    id: channelId,
    accountId,
    createdAt: dayOne,
    updatedAt: dayOne,
    kind: 'email',
    name: 'mail',
    settings: {},
    sealedSecret: null,
    enabled: true,
  })
  return { policy: policyRow.id, binding: bindingRow.id, channel: channelId }
}

async function addClient({ catalog, accountId, instanceId }: Parts, { identity }: TestCertificate) {
  const id = catalog.newId('client')
  await createClient(catalog.db, {
    ...clientDefaults,
    id,
    accountId,
    regionId,
    instanceId,
    status: 'ACTIVATED',
    version: '1.0.0',
    identity,
    identityUntil: dayOne + year,
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  })
  return id
}

async function addAlert({ catalog, accountId, instanceId }: Parts) {
  const { id } = await raiseAlert(
    catalog.db,
    {
      id: catalog.newId('alert'),
      accountId,
      regionId: null,
      kind: 'BACKUP_FAILED',
      level: 'warning',
      instanceId,
      vaultId: null,
      jobId: null,
      topic: `topic of ${accountId}`,
      facts: {},
      raisedAt: dayOne,
    },
    [],
  )
  return id
}

async function addCode({ catalog, accountId }: Parts) {
  const id = catalog.newId('code')
  await createActivationCode(catalog.db, {
    id,
    accountId,
    regionId,
    instanceId: null,
    hash: random(32),
    plan: {},
    createdBy: null,
    createdAt: dayOne,
    expiresAt: dayOne + year,
    usedAt: null,
    usedBy: null,
  })
  return id
}

async function addPoint(world: Parts) {
  const { catalog, accountId, vaultId } = world
  const version = catalog.newId('version')
  const point = Buffer.from(random(32)).toString('hex') as PointId
  await fillPoints(catalog.db, {
    vaultId,
    accountId,
    regionId,
    now: dayOne,
    name: `filling of ${accountId}`,
    points: [{ ...pointOf({ ...world, ...unused }, 1, { versionId: version }), id: point }],
    completeUpTo: null,
  })
  return { point, version }
}

async function addPasskey(
  catalog: Catalog,
  { userId, accountId }: { readonly userId: UserId; readonly accountId: AccountId },
) {
  const id = catalog.newId('passkey')
  const made = await createPasskey(catalog.db, {
    id,
    accountId,
    userId,
    credentialId: `credential of ${id}`,
    publicKey: random(77),
    counter: 0,
    synced: false,
    name: 'key ring',
    createdAt: dayOne,
    usedAt: null,
  })
  assert(made, 'a tenant begins without passkeys')
  return id
}

async function addPeople(
  catalog: Catalog,
  accountId: Parts['accountId'],
  tenant: string,
): Promise<Readonly<Record<Role, TestPerson>>> {
  const people = new Map<Role, TestPerson>()
  for (const role of roles) {
    const userId = catalog.newId('user')
    const user = {
      id: userId,
      accountId,
      name: role,
      login: `${role}@${tenant}.example`,
      email: null,
      passwordHash: null,
      totpSecret: null,
      status: 'ACTIVE',
      mustChangePassword: false,
      failedLogins: 0,
      barredUntil: null,
      createdAt: dayOne,
      lastLoginAt: null,
    } as const
    await createUser(catalog.db, user)
    await grantRole(catalog.db, { userId, accountId, role, grantedBy: null, grantedAt: dayOne })
    const owner = { userId, accountId }
    const { secret: cookie } = await addToken(catalog, owner, 'session')
    const { secret: token, id: tokenId } = await addToken(catalog, owner, 'api')
    const passkeyId = await addPasskey(catalog, owner)
    people.set(role, { userId, role, cookie, token, tokenId, passkeyId })
  }
  return Object.fromEntries(people) as Record<Role, TestPerson>
}

export async function addToken(
  catalog: Catalog,
  { userId, accountId }: { readonly userId: UserId; readonly accountId: AccountId },
  kind: 'session' | 'api',
  given: readonly Scope[] = scopes,
) {
  const secret = newSecret(random, kind === 'api' ? 'hft_' : 'hfs_')
  const id = catalog.newId('token')
  await createToken(catalog.db, {
    id,
    accountId,
    userId,
    kind,
    name: kind,
    hash: hashSecret(secret),
    scopes: kind === 'api' ? given : [],
    createdAt: dayOne,
    expiresAt: dayOne + year,
    usedAt: null,
    revokedAt: null,
  })
  return { id, secret }
}
