/**
 * A control server as `holdfast server` runs it, in this process: real TLS, catalog, keys, vaults in folders; two accounts
 * with a person in each role; agents that enrolled. Its clock is the machine's, moved as a test says. Attacks go through
 * its port; what became of points is asked of the vaults themselves.
 */
import { deepEqual, ok } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#adapters/clock'
import { Argon2Passwords } from '#adapters/passwords'
import { assert } from '#base'
import {
  type AccountId,
  type Role,
  roles,
  type Scope,
  scopes,
  type UserId,
  type VaultId,
} from '#contract'
import type { Clock } from '#ports'
import {
  createOwner,
  createToken,
  createUser,
  findUserByLogin,
  grantRole,
  hashSecret,
  newSecret,
  type RunningServer,
  readConfiguration,
} from '#server'
import { readLedger, readPoints } from '#vault'
import { startServer } from '../../../bin/server.ts'
import {
  type AskChoices,
  ask,
  type Said,
} from '../../../src/server/http/listener-world.contract.ts'
import type { TestPerson } from '../../../src/server/http/tenant.contract.ts'

export type MovedClock = Clock & {
  /** The wall clock lies by so much more. */
  moveWall(milliseconds: number): void
  /** Time passes, for the boot as well. */
  advance(milliseconds: number): void
}

export type Account = {
  readonly accountId: AccountId
  readonly people: Readonly<Record<Role, TestPerson>>
}

export type AttackWorld = AsyncDisposable & {
  readonly folder: string
  readonly server: RunningServer
  readonly clock: MovedClock
  readonly address: string
  /** PEM of the authority that agents trust. */
  readonly authority: string
  /** The account that runs the server, and one that does not. */
  readonly mine: Account
  readonly other: Account
  ask(method: string, path: string, choices?: AskChoices): Promise<Said>
  /** The call, which must succeed, and its answer. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any route, looked into by its test
  must(method: string, path: string, choices?: AskChoices): Promise<any>
  as(role: Role, account?: Account): AskChoices
}

export async function openAttackWorld(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<AttackWorld> {
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-attack-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const clock = movedClock()
  const configuration = readConfiguration({
    file: { path: 'attack.json', text: JSON.stringify({ log: 'error', ...settings }) },
    environment: {},
    options: { data: join(folder, 'server'), listen: '127.0.0.1:0' },
    dataFolder: join(folder, 'server'),
  })
  const started = await startServer(configuration, { version: '1.0.0', environment: {}, clock })
  const { server } = opened.use(started)
  const mine = await makeAccount(server, 'mine')
  const call = { host: '127.0.0.1', port: server.listener.address.port }
  const authority = readFileSync(join(folder, 'server/keys/authority.crt'), 'utf8')
  const agents = new Map<unknown, Agent>()
  opened.defer(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  const agentOf = (key: unknown): Agent => {
    const agent = agents.get(key) ?? new Agent({ keepAlive: true, maxSockets: 8 })
    agents.set(key, agent)
    return agent
  }
  const world: Omit<AttackWorld, 'other' | typeof Symbol.asyncDispose> = {
    folder,
    server,
    clock,
    address: `https://127.0.0.1:${call.port}`,
    authority,
    mine,
    ask: (method, path, how = {}) =>
      ask({ ...call, ca: authority, agent: agentOf(how.agent), method, path }, how),
    async must(method, path, how) {
      const said = await world.ask(method, path, how)
      ok(said.status < 300, `${method} ${path}: ${said.status} ${said.text}`)
      return said.text === '' ? undefined : JSON.parse(said.text)
    },
    as: (role, account = mine) => ({ cookie: account.people[role] }),
  }
  const made = await world.must('POST', '/api/v1/accounts', {
    ...world.as('owner'),
    body: {
      name: 'other',
      contact: 'owner@other.example',
      owner: { name: 'owner', email: 'owner@other.example', password },
    },
  })
  const { accountId } = made
  const owner = await findUserByLogin(server.kernel.catalog.db, 'owner@other.example')
  assert(owner !== undefined, 'an account has its owner')
  const people = await addPeople(server, { accountId, owner: owner.id, name: 'other' })
  const all = opened.move()
  const other = { accountId, people }
  return { ...world, other, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

export const password = 'correct horse battery staple'

async function makeAccount(server: RunningServer, name: string): Promise<Account> {
  const draft = { accountName: name, name: 'owner', email: `owner@${name}.example`, password }
  const { userId, accountId } = await createOwner(server.kernel, new Argon2Passwords(), draft)
  return { accountId, people: await addPeople(server, { accountId, owner: userId, name }) }
}

async function addPeople(
  { kernel }: RunningServer,
  of: { readonly accountId: AccountId; readonly owner: UserId; readonly name: string },
): Promise<Account['people']> {
  const { catalog, wallMs } = kernel
  const { accountId, name } = of
  const people = new Map<Role, TestPerson>()
  for (const role of roles) {
    const userId = role === 'owner' ? of.owner : catalog.newId('user')
    if (role !== 'owner') {
      const user = { ...noUser, id: userId, accountId, name: role, createdAt: wallMs() }
      await createUser(catalog.db, { ...user, login: `${role}@${name}.example` })
      const grant = { userId, accountId, role, grantedBy: null, grantedAt: wallMs() }
      await grantRole(catalog.db, grant)
    }
    const { secret: cookie } = await addToken(kernel, { userId, accountId }, 'session')
    const { secret: token, id: tokenId } = await addToken(kernel, { userId, accountId }, 'api')
    // Nobody here has one: its id is that of none.
    const passkeyId = catalog.newId('passkey')
    people.set(role, { userId, role, cookie, token, tokenId, passkeyId })
  }
  return Object.fromEntries(people) as Record<Role, TestPerson>
}

/** As a sign-in or `tokens.create` would make it. */
export async function addToken(
  { catalog, wallMs, random }: RunningServer['kernel'],
  of: { readonly userId: UserId; readonly accountId: AccountId },
  kind: 'session' | 'api',
  given: readonly Scope[] = scopes,
) {
  const secret = newSecret(random, kind === 'api' ? 'hft_' : 'hfs_')
  const id = catalog.newId('token')
  await createToken(catalog.db, {
    ...of,
    id,
    kind,
    name: kind,
    hash: hashSecret(secret),
    scopes: kind === 'api' ? given : [],
    createdAt: wallMs(),
    expiresAt: wallMs() + 100 * 365 * 86_400_000,
    usedAt: wallMs(),
    revokedAt: null,
  })
  return { id, secret }
}

const noUser = {
  email: null,
  passwordHash: null,
  totpSecret: null,
  status: 'ACTIVE',
  mustChangePassword: false,
  failedLogins: 0,
  barredUntil: null,
  lastLoginAt: null,
} as const

function movedClock(): MovedClock {
  const real = systemClock()
  let [wall, up] = [0, 0]
  return {
    now() {
      const { wallMs, upMs, bootId } = real.now()
      return { wallMs: wallMs + wall + up, upMs: upMs + up, bootId }
    },
    sleep: (milliseconds, signal) => real.sleep(milliseconds, signal),
    moveWall(milliseconds) {
      wall += milliseconds
    },
    advance(milliseconds) {
      up += milliseconds
    },
  }
}

/**
 * What each point of a vault may count on, as the vault itself says: trusted time until which it lives by its own date and
 * the trash, and under `hold <id>` how many holds it has.
 */
export async function livesOf(
  { server }: AttackWorld,
  vaultId: VaultId,
): Promise<ReadonlyMap<string, number>> {
  const { signal } = new AbortController()
  const { vault } = await server.gateway.host(vaultId, signal)
  const { points, lost } = await readPoints(vault, await readLedger(vault, signal), signal)
  deepEqual(lost, [])
  const never = Number.POSITIVE_INFINITY
  return new Map(
    points.flatMap(({ id, state }): [string, number][] => [
      [id, Math.min(state.retainUntil ?? never, state.trashedUntil ?? never)],
      [`hold ${id}`, state.holds.length],
    ]),
  )
}

/** @returns what is shorter or gone, as sentences */
export function whatIsShorter(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly string[] {
  return [...before].flatMap(([id, life]) => {
    const now = after.get(id)
    return now !== undefined && now >= life ? [] : [`${id.slice(0, 13)}: ${life}, now ${now}`]
  })
}
