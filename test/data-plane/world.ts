// Accounts, instances, jobs and a vault for tests of the data plane, and the agents that work there.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAgentLink } from '#adapters/agent-link'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { linuxTargetTree } from '#adapters/target'
import {
  type BackupWork,
  openWorker,
  ReceiptBook,
  type Receipts,
  type RestoreWork,
  readReceipts,
  StateFolder,
  type WorkerPorts,
} from '#agent'
import { byteString, byteStringFromText } from '#base'
import {
  type ApiClient,
  type Fetch,
  type InstanceId,
  type JobId,
  openClient,
  type PointId,
  type RestoreJobId,
  type VaultId,
} from '#contract'
import { chunkerParams } from '#engine'
import { createClient, createRequestedJob, findVault, updateVault } from '#server'
import {
  addAccount,
  addInstance,
  addVault,
  regionId,
} from '../../src/server/catalog/world.contract.ts'
import type { TestCertificate } from '../../src/server/http/certificates.contract.ts'
import { makePlaneSecrets, openPlane, type Plane, readPlaneSecrets } from './plane.ts'

const yearMs = 365 * 24 * 3_600_000
const signal = new AbortController().signal

export type Machine = { readonly instanceId: InstanceId; readonly certificate: TestCertificate }

export class PlaneWorld implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-plane-'))
  readonly machines: Machine[] = []
  vaultId: VaultId | undefined

  /** Two machines and a vault. */
  static async make({ sharesAll = false } = {}): Promise<PlaneWorld> {
    const world = new PlaneWorld()
    const certificates = makePlaneSecrets(world.folder, 2)
    mkdirSync(join(world.folder, 'vaults'))
    await using plane = await openPlane(world.folder)
    const { catalog } = plane.kernel
    const accountId = await addAccount(catalog, 'first')
    const vaultId = await addVault(catalog, accountId, 'main')
    world.vaultId = vaultId
    const placed = await plane.gateway.create(
      {
        vaultId,
        accountId,
        regionId,
        name: 'main',
        lock: 'off',
        retentionMinMs: 0,
        retentionMaxMs: undefined,
        storage: undefined,
      },
      signal,
    )
    await updateVault(catalog.db, vaultId, { ...placed, shareOverNetwork: sharesAll })
    for (const [i, certificate] of certificates.entries()) {
      const { id: instanceId } = await addInstance(catalog, accountId, { name: `web-${i}` })
      world.machines.push({ instanceId, certificate })
      await createClient(catalog.db, {
        revokedAt: null,
        process: null,
        heardAt: null,
        problemCode: null,
        problem: null,
        alertSetting: 'inherit',
        alertChannels: [],
        id: catalog.newId('client'),
        accountId,
        regionId,
        instanceId,
        status: 'ACTIVATED',
        version: '1.0.0',
        identity: certificate.identity,
        identityUntil: Date.now() + yearMs,
        settings: {},
        createdAt: Date.now(),
        updatedAt: Date.now(),
      })
    }
    return world
  }

  machine(number: number): Machine {
    const machine = this.machines[number]
    if (machine === undefined) throw new Error('there are two machines')
    return machine
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A job that its agent has begun. */
export async function beginJob(
  { kernel: { catalog } }: Plane,
  { vaultId, machines }: PlaneWorld,
  of: { readonly machine?: number; readonly restore?: readonly PointId[] } = {},
): Promise<JobId & RestoreJobId> {
  const instanceId = machines[of.machine ?? 0]?.instanceId
  const row = vaultId && (await findVault(catalog.db, vaultId))
  if (instanceId === undefined || row === undefined) throw new Error('the world is made')
  const { accountId } = row
  const id = catalog.newId(of.restore === undefined ? 'job' : 'restoreJob')
  const request =
    of.restore === undefined
      ? { retentionDays: 30 }
      : { pointIds: [...of.restore], selection: { kind: 'all' }, conflict: 'overwrite' }
  const now = Date.now()
  const draft = {
    id,
    accountId,
    regionId,
    kind: of.restore === undefined ? 'BACKUP' : 'RESTORE',
    trigger: 'MANUAL',
    planId: null,
    policyId: null,
    instanceId,
    sourceInstanceId: null,
    vaultId: row.id,
    versionId: null,
    request,
    createdBy: null,
    createdAt: now,
    availableAt: now,
    expiresAt: null,
    attemptsMax: 30,
    dueAt: null,
  } as const
  const made = await createRequestedJob(catalog.db, draft)
  if (made.kind !== 'created') throw new Error(`the job is ${made.kind}`)
  await catalog.db
    .updateTable('jobs')
    .set({ state: 'RUNNING', attempt: 1, holder: 'a test', leaseUntil: now + yearMs })
    .where('id', '=', id)
    .execute()
  return id as JobId & RestoreJobId
}

export async function endJob({ kernel: { catalog } }: Plane, id: string): Promise<void> {
  await catalog.db
    .updateTable('jobs')
    .set({ state: 'COMPLETE', finishedAt: Date.now(), holder: null, leaseUntil: null })
    .where('id', '=', id as JobId)
    .execute()
}

export type TestAgent = AsyncDisposable & {
  readonly client: ApiClient
  /** Blocks that the server said it has. */
  readonly sent: { blocks: number; bytes: number }
  readonly warnings: readonly string[]
  /** That the machine keeps. */
  receipts(): Promise<Receipts>
  backUp(
    jobId: JobId,
    folder: string,
  ): Promise<Awaited<ReturnType<ReturnType<typeof openWorker>['backup']>>>
  restore(jobId: RestoreJobId, points: readonly PointId[], into: string): Promise<unknown>
}

export type AgentHooks = {
  readonly beforePut?: (count: number) => void | Promise<void>
  /** What the server answers to a commit, as JSON, on its way back. */
  readonly changeReceipt?: (receipt: Record<string, unknown>) => Record<string, unknown>
  /** PEM that the machine was told; `none`: it was told none. */
  readonly receiptKey?: string
}

export function openAgent(
  world: PlaneWorld,
  port: () => number,
  machine = 0,
  hooks: AgentHooks = {},
): TestAgent {
  const { certificate } = world.machine(machine)
  const { authority } = readPlaneSecrets(world.folder)
  const link = openAgentLink({
    trust: { kind: 'authority', pem: authority },
    identity: { privateKey: certificate.key, certificate: certificate.certificate },
  })
  const sent = { blocks: 0, bytes: 0 }
  let tries = 0
  const addressOf = (address: string) => {
    const url = new URL(address)
    url.port = String(port())
    return url.href
  }
  const fetch: Fetch = async (address, init) => {
    if (hooks.changeReceipt !== undefined && new URL(address).pathname.endsWith('/commit')) {
      const answer = await link.fetch(addressOf(address), init)
      const body = JSON.stringify(hooks.changeReceipt(JSON.parse(await answer.text())))
      return new Response(body, {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
      })
    }
    if (init.method !== 'PUT' || !(init.body instanceof Uint8Array))
      return await link.fetch(addressOf(address), init)
    await hooks.beforePut?.(++tries)
    const answer = await link.fetch(addressOf(address), init)
    if (answer.status === 200) {
      sent.blocks++
      sent.bytes += init.body.length
    }
    return answer
  }
  const client = openClient({ address: 'https://localhost:1', fetch, newKey: randomUUID })
  const { instanceId } = world.machine(machine)
  const receiptKey = hooks.receiptKey ?? readPlaneSecrets(world.folder).receipts.publicKey
  const state = new StateFolder(world.path(`agent-${machine}`))
  const identity = { instanceId, ...(receiptKey === 'none' ? {} : { receiptKey }) }
  const book = new ReceiptBook(state, () => identity, Date.now)
  const worker = openWorker(workerPorts(client), book)
  const warnings: string[] = []
  const warning = (text: string) => void warnings.push(text)
  const observer = { progress() {}, warning, reported() {} }
  return {
    client,
    sent,
    warnings,
    receipts: () => readReceipts(state),
    backUp: (jobId, folder) => worker.backup(backupOf(world, jobId, folder), observer, signal),
    restore: (jobId, points, into) =>
      worker.restore(restoreOf(jobId, points, into), observer, signal),
    [Symbol.asyncDispose]: () => link.close(),
  }
}

function backupOf(world: PlaneWorld, jobId: JobId, folder: string): BackupWork {
  const vaultId = world.vaultId ?? never()
  const head = { kind: 'backup', number: 1, jobId, attempt: 1, vaultId } as const
  const sources = [byteStringFromText(folder)]
  const assignment = { ...head, limits: {}, hooks: {} }
  return { assignment, sources, exclude: [], excludedDirectories: [] }
}

function restoreOf(
  restoreJobId: RestoreJobId,
  pointIds: readonly PointId[],
  into: string,
): RestoreWork {
  const targetPath = byteStringFromText(into)
  const head = { kind: 'restore', number: 1, restoreJobId, attempt: 1, pointIds, targetPath }
  const assignment = { ...head, conflict: 'overwrite', selection: { kind: 'all' }, limits: {} }
  return { assignment: assignment as never, roots: [targetPath], deniedDirectories: [] }
}

function workerPorts(client: ApiClient): WorkerPorts {
  return {
    client: () => client,
    cipher: nodeCipher(),
    clock: systemClock(),
    hostName: 'test',
    async openSource({ keys, config }) {
      const params = chunkerParams(config.chunkAverageBytes)
      const { compressionLevel } = config
      const pool = openPool({ keys, compressionLevel, params, threads: 1 })
      const tree = linuxSourceTree(pool)
      return {
        tree,
        async [Symbol.asyncDispose]() {
          await tree.close()
          await pool.close()
        },
      }
    },
    openTarget: async () => linuxTargetTree(),
    identify: async () => undefined,
    volumeBytes: async () => 1_000,
    freeBytes: async () => undefined,
    async prepareTarget(path) {
      await stat(Buffer.from(path, 'latin1'))
      return byteString(Buffer.from(path, 'latin1'))
    },
  }
}

function never(): never {
  throw new Error('the world is made')
}
