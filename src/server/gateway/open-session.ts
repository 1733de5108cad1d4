/** Opens sessions for agents: whether the job is theirs, what came before, and what the server says of the point. */
import { failure } from '#base'
import {
  type Call,
  encodeNoPlaces,
  encodePlaces,
  fetchBytesMax,
  type JobId,
  offsetsPerFetchMax,
  type PointId,
  type RestoreJobId,
  type routes,
  type SessionFacts,
  type SessionId,
} from '#contract'
import {
  encodePoint,
  type KnownPoint,
  type ObjectName,
  parseObjectName,
  type SessionSecrets,
} from '#engine'
import { assertRetention, describePlaces, GuestSession, ownOfPoint, ReleasedBlocks } from '#vault'
import {
  assignVersion,
  findInstance,
  findJob,
  findVault,
  forgetSessionPacks,
  type Job,
  listEarlierPacks,
} from '../catalog/index.ts'
import type { AgentIdentity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import { readRestoreRequest } from '../services/jobs/restore-request.ts'
import { backupRequestFromJson } from '../services/protection/backup-request.ts'
import type { PointOrigin } from '../vault-host.ts'
import type { Gateway } from './gateway.ts'
import type { HostedVault } from './hosted-vault.ts'
import {
  type BackupSessionOfAgent,
  idleMs,
  type LiveSession,
  type LiveSessions,
  type RestoreSessionOfAgent,
} from './live-sessions.ts'
import { isOfInstance, isOfJob } from './point-origin.ts'

export type SessionParts = {
  readonly kernel: Pick<ServerKernel, 'catalog' | 'wallMs' | 'log' | 'ending'>
  readonly gateway: Gateway
  readonly live: LiveSessions
}

type Opening = Call<(typeof routes)['sessions']['open']>['body']
type BackupOpening = Extract<Opening, { readonly kind: 'backup' }>
type RestoreOpening = Extract<Opening, { readonly kind: 'restore' }>

export const blocksUnderWayMax = 4
const limits = { blocksMax: offsetsPerFetchMax, bytesMax: fetchBytesMax }
/** Twice what an agent backs up at once. */
const pointsPerJobMax = 512
const dayMs = 24 * 3600 * 1000
const earlierPacksMs = 30 * dayMs

/** @param calling aborted when nobody waits for the session any more */
export async function openBackup(
  parts: SessionParts,
  agent: AgentIdentity,
  opening: BackupOpening,
  calling: AbortSignal,
): Promise<SessionFacts> {
  const { kernel, gateway, live } = parts
  const { source } = opening
  const job = await jobOf(parts, agent, opening)
  // An attempt before this one may still hold what it took: that is made durable first.
  await live.endOf((one) => one.kind === 'backup' && one.jobId === job.id && one.source === source)
  using room = live.reserve(`${job.id} ${source}`)
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, kernel.ending])
  const hosted = await gateway.host(job.vaultId, signal)
  const facts = await factsOf(parts, job)
  // Before a byte is sent (L3): who is refused at the end has filled the vault for nothing.
  assertRetention(hosted.vault.config, facts.retainForMs)
  const session = await hosted.openSession(AbortSignal.any([signal, calling]))
  try {
    const { points } = await hosted.points(session.asOf, signal)
    hosted.room.measure(session.index)
    hosted.room.assertLeft(facts.quotaBytes)
    assertFewPoints(points, job)
    const isParent = (known: KnownPoint) =>
      isOfInstance(known, agent.instanceId) && isOfPath(known, source)
    const parent = points.findLast((known) => isParent(known) && session.pinPoint(known.id))
    const secrets = secretsOf(gateway)
    const tools = { secrets, exchange: gateway.ports.exchange }
    const guest = new GuestSession(session, { ...tools, ...(await rightsOf(parts, job)), parent })
    prepareMeanwhile(parts, guest, { jobId: job.id, signal })
    const id = kernel.catalog.newId('session')
    const opened: BackupSessionOfAgent = {
      kind: 'backup',
      id,
      clientId: agent.clientId,
      vaultId: job.vaultId,
      hosted,
      jobId: backupIdOf(job),
      source,
      guest,
      notedPacks: new Set(),
      origin: await originOf(parts, job, opening.volumeBytes ?? 0),
      facts,
      counted: { countedBytes: 0 },
      signal,
      ...readableOf(guest, tools, signal),
      close: async () => {
        ending.abort()
        await guest[Symbol.asyncDispose]()
      },
    }
    live.add(opened, room)
    return answerOf({ id, hosted, secrets, point: parent, isEmpty: guest.isEmpty })
  } catch (problem) {
    ending.abort()
    await session[Symbol.asyncDispose]()
    throw problem
  }
}

/** What besides its own points an agent may build on. */
async function rightsOf(parts: SessionParts, job: Job) {
  const earlierPacks = await earlierPacksOf(parts, job)
  return { earlierPacks, sharesAll: await sharesAll(parts, job) }
}

/** It goes on while the agent walks its files; whoever needs it waits for it. */
function prepareMeanwhile(
  { kernel }: SessionParts,
  guest: GuestSession,
  { jobId, signal }: { readonly jobId: Job['id']; readonly signal: AbortSignal },
): void {
  guest.prepare(signal).catch((problem: unknown) => {
    if (!signal.aborted) kernel.log.warn({ jobId, problem }, 'a session has no parent')
  })
}

/** What a backup may read: of the point before it needs the tree; its content it has itself. */
function readableOf(
  guest: GuestSession,
  { exchange, secrets }: Pick<Gateway['ports'], 'exchange'> & { readonly secrets: SessionSecrets },
  signal: AbortSignal,
): Pick<LiveSession, 'released' | 'places'> {
  const { reader } = guest
  const seen = { has: (ids: Uint8Array, at?: number) => guest.own.namesOthers(ids, at) }
  const blocks = new ReleasedBlocks({ reader, exchange, secrets, limits }, seen)
  return {
    released: async () => {
      await guest.prepare(signal)
      return blocks
    },
    places: async () => {
      await guest.prepare(signal)
      if (guest.parent === undefined) return encodeNoPlaces()
      const places = await describePlaces(reader, seen, { kinds: ['tree'], pause })
      return encodePlaces(guest.lost, places)
    },
  }
}

/** @param calling aborted when nobody waits for the session any more */
export async function openRestore(
  parts: SessionParts,
  agent: AgentIdentity,
  opening: RestoreOpening,
  calling: AbortSignal,
): Promise<SessionFacts> {
  const { kernel, gateway, live } = parts
  const job = await jobOf(parts, agent, opening)
  const { pointId } = opening
  if (!readRestoreRequest(job.request).pointIds.includes(pointId))
    throw failure('record.not-found', { object: 'point', id: pointId })
  await live.endOf(
    (one) => one.kind === 'restore' && one.restoreJobId === job.id && one.pointId === pointId,
  )
  using room = live.reserve(`${job.id} ${pointId}`)
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, kernel.ending])
  const hosted = await gateway.host(job.vaultId, signal)
  const reading = await hosted.read(AbortSignal.any([signal, calling]))
  try {
    const point = reading.points.find((known) => known.id === pointId)
    if (point === undefined) throw failure('point.not-found', { point: pointId.slice(0, 8) })
    const secrets = secretsOf(gateway)
    const { exchange } = gateway.ports
    const { reader } = reading
    const own = ownOfPoint(reader, point.point, signal)
    own.catch(() => {})
    const id = kernel.catalog.newId('session')
    const opened: RestoreSessionOfAgent = {
      kind: 'restore',
      id,
      clientId: agent.clientId,
      vaultId: job.vaultId,
      hosted,
      restoreJobId: job.id as RestoreJobId,
      pointId,
      signal,
      released: async () => new ReleasedBlocks({ reader, exchange, secrets, limits }, await own),
      places: async () =>
        encodePlaces(
          [],
          await describePlaces(reader, await own, { kinds: ['data', 'tree'], pause }),
        ),
      close: async () => {
        ending.abort()
        await own.catch(() => {})
        await reading[Symbol.asyncDispose]()
      },
    }
    live.add(opened, room)
    return answerOf({ id, hosted, secrets, point, isEmpty: false })
  } catch (problem) {
    ending.abort()
    await reading[Symbol.asyncDispose]()
    throw problem
  }
}

/** @throws record.not-found for a job of another instance, job.over when this attempt has it no more */
async function jobOf(
  { kernel }: SessionParts,
  agent: AgentIdentity,
  opening: Opening,
): Promise<Job> {
  const id = opening.kind === 'backup' ? opening.jobId : opening.restoreJobId
  const job = await findJob(kernel.catalog.db, id)
  const kind = opening.kind === 'backup' ? 'BACKUP' : 'RESTORE'
  if (job === undefined || job.instanceId !== agent.instanceId || job.kind !== kind)
    throw failure('record.not-found', { object: 'job', id })
  if (job.state !== 'RUNNING' || job.attempt !== opening.attempt)
    throw failure('job.over', { job: id, state: job.state })
  return job
}

/** Packs of attempts before this one, as objects; a name that is none is of no use to anybody. */
async function earlierPacksOf({ kernel }: SessionParts, job: Job): Promise<readonly ObjectName[]> {
  const { instanceId, vaultId } = job
  const { db } = kernel.catalog
  await forgetSessionPacks(db, { vaultId, madeBefore: kernel.wallMs() - earlierPacksMs })
  const packs = await listEarlierPacks(db, { instanceId, vaultId })
  return packs.flatMap(({ pack }) => parseObjectName(`pack/${pack}`) ?? [])
}

async function sharesAll({ kernel }: SessionParts, { vaultId }: Job): Promise<boolean> {
  const vault = await findVault(kernel.catalog.db, vaultId)
  return vault?.shareOverNetwork ?? false
}

async function originOf(
  { kernel }: SessionParts,
  job: Job,
  blockBytes: number,
): Promise<PointOrigin> {
  const { db } = kernel.catalog
  const versionId = await assignVersion(db, job.id, kernel.catalog.newId('version'))
  return {
    accountId: job.accountId,
    instanceId: job.instanceId,
    versionId,
    planId: job.planId ?? undefined,
    jobId: backupIdOf(job),
    blockBytes,
  }
}

async function factsOf({ kernel }: SessionParts, job: Job) {
  const instance = await findInstance(kernel.catalog.db, job.instanceId)
  const vault = await findVault(kernel.catalog.db, job.vaultId)
  const { retentionDays } = backupRequestFromJson(job.request)
  return {
    quotaBytes: vault?.quotaBytes ?? null,
    host: instance?.hostName ?? job.instanceId,
    retainForMs: retentionDays === null ? undefined : retentionDays * dayMs,
    openedAt: kernel.wallMs(),
  }
}

function backupIdOf({ id }: Job): JobId {
  // A job of kind BACKUP has an id of that kind; the row's type has both.
  return id as JobId
}

/** A job makes one point for each source, and for some again; who makes more fills the ledger of a vault of many. */
function assertFewPoints(points: readonly KnownPoint[], { id }: Job): void {
  const made = points.reduce((count, known) => count + Number(isOfJob(known, id)), 0)
  if (made < pointsPerJobMax) return
  throw failure('limit.exceeded', { what: 'The number of points of a job', limit: pointsPerJobMax })
}

function isOfPath({ point }: KnownPoint, source: string): boolean {
  return point.sources.length === 1 && point.sources[0]?.path === source
}

function secretsOf({ ports: { cipher } }: Gateway): SessionSecrets {
  return { sessionId: cipher.random(16), master: cipher.random(32) }
}

function answerOf(facts: {
  readonly id: SessionId
  readonly hosted: HostedVault
  readonly secrets: SessionSecrets
  readonly point: KnownPoint | undefined
  readonly isEmpty: boolean
}): SessionFacts {
  const { id, hosted, secrets, point, isEmpty } = facts
  const { keys, config } = hosted.vault
  return {
    sessionId: id,
    ...(point === undefined
      ? {}
      : { point: { pointId: point.id as PointId, record: recordFor(point) } }),
    idKey: base64(keys.idKey),
    gear: base64(keys.gear),
    sealingId: base64(secrets.sessionId),
    sealingMaster: base64(secrets.master),
    chunkAverageBytes: config.chunkAverageBytes,
    compressionLevel: config.compressionLevel,
    isEmpty,
    blocksUnderWayMax,
    idleMs,
  }
}

/** How much of it others had already is not the agent's to know (A04). */
function recordFor({ point }: KnownPoint): string {
  const summary = { ...point.summary, newBytes: 0, storedBytes: 0 }
  return base64(encodePoint({ ...point, summary }))
}

/** Others have their turn, also those that wait for the network. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
