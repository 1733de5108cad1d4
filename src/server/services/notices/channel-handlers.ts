/** Channels: where alerts go besides the inbox. A secret goes in, is sealed, and never comes out again. */
import { failure, isFailure } from '#base'
import type { AccountId, Channel, ChannelId } from '#contract'
import {
  type AlertChannel,
  type CatalogDb,
  findLastDelivery,
  listChannels,
  putChannel,
  removeChannel,
  transact,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import { pageOfList } from '../../list-page.ts'
import { mergeChannel } from './channel-draft.ts'
import { readSettings, shownTarget } from './channel-target.ts'
import { testMessage } from './notice-message.ts'
import type { NoticeKernel, NoticePorts } from './notice-ports.ts'
import { ensureContactChannel, listContacts, readReading } from './recipients.ts'
import { sendMessage } from './send-message.ts'

const channelsMax = 100
const testMs = 30_000

export function channelsHandlers(kernel: NoticeKernel, ports: NoticePorts): HandlersOf<'channels'> {
  const { catalog } = kernel
  const { db } = catalog
  const newId = () => catalog.newId('channel')
  return {
    async list({ query }, { identity }) {
      const accountId = accountOf(identity)
      await ensureContactChannel(db, { accountId, newId, now: kernel.wallMs() })
      const keyOf = ({ name, id }: AlertChannel) => [name, id] as const
      const order = { list: ['channels', accountId], keyOf }
      const { items, ...rest } = pageOfList(await listChannels(db, accountId), order, query)
      return { items: await Promise.all(items.map((item) => shown(db, item))), ...rest }
    },

    async create({ body }, { identity }) {
      const accountId = accountOf(identity)
      const now = kernel.wallMs()
      // First, so that its name is its own.
      await ensureContactChannel(db, { accountId, newId, now })
      const fresh = { id: newId(), accountId, createdAt: now, updatedAt: now }
      const channel = await mergeChannel(ports.secrets, { fresh, change: body })
      await store(db, channel)
      return await shown(db, channel)
    },

    async update({ path, body }, { identity }) {
      const found = await getChannel(db, accountOf(identity), path.channelId)
      const changed = { ...found, updatedAt: kernel.wallMs() }
      const channel = await mergeChannel(ports.secrets, { found: changed, change: body })
      await store(db, channel)
      return await shown(db, channel)
    },

    async remove({ path }, { identity }) {
      const accountId = accountOf(identity)
      if (await removeChannel(db, { id: path.channelId, accountId })) return undefined
      throw failure('record.not-found', { kind: 'channel', id: path.channelId })
    },

    async test({ path }, { identity, signal }) {
      const channel = await getChannel(db, accountOf(identity), path.channelId)
      return await sendTest(kernel, { ports, channel }, signal)
    },
  }
}

/** A test goes past the outbox: who sends it waits for what becomes of it. */
async function sendTest(
  kernel: NoticeKernel,
  { ports, channel }: { readonly ports: NoticePorts; readonly channel: AlertChannel },
  signal: AbortSignal,
): Promise<{ readonly delivered: boolean; readonly problem?: string }> {
  const { db, newId } = kernel.catalog
  const reading = await readReading(db, channel.accountId, ports)
  const id = `test-${newId('event')}`
  const facts = { event: 'test', accountId: channel.accountId }
  try {
    const problem = await sendMessage(
      { db, ports, channel },
      { id, thread: id, message: testMessage(reading), reading, facts, now: kernel.wallMs() },
      AbortSignal.any([signal, AbortSignal.timeout(testMs)]),
    )
    return { delivered: true, ...(problem === undefined ? {} : { problem }) }
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    return { delivered: false, problem: `${problem.message} ${problem.advice}` }
  }
}

async function getChannel(
  db: CatalogDb,
  accountId: AccountId,
  id: ChannelId,
): Promise<AlertChannel> {
  const found = (await listChannels(db, accountId)).find((channel) => channel.id === id)
  if (found === undefined) throw failure('record.not-found', { kind: 'channel', id })
  return found
}

async function store(db: CatalogDb, channel: AlertChannel): Promise<void> {
  await transact(db, async (trx) => {
    const others = (await listChannels(trx, channel.accountId)).filter(
      ({ id }) => id !== channel.id,
    )
    if (others.some(({ name }) => name === channel.name)) {
      throw failure('record.exists', { kind: 'channel', name: channel.name })
    }
    if (others.length >= channelsMax) {
      throw failure('quota.exceeded', { quota: 'number of channels', limit: channelsMax })
    }
    await putChannel(trx, channel)
  })
}

async function shown(db: CatalogDb, channel: AlertChannel): Promise<Channel> {
  const settings = readSettings(channel)
  const contacts = settings.kind === 'contact' ? await listContacts(db, channel.accountId) : []
  const last = await findLastDelivery(db, channel.id)
  const { deliveredAt, problem } = last ?? { deliveredAt: null, problem: null }
  return {
    channelId: channel.id,
    name: channel.name,
    target: shownTarget(settings, contacts),
    kinds: [...settings.kinds],
    enabled: channel.enabled,
    signed: settings.kind === 'webhook' && settings.signed,
    ...(deliveredAt === null ? {} : { lastDeliveryAt: deliveredAt }),
    ...(problem === null ? {} : { lastProblem: problem }),
  }
}
