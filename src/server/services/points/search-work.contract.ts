/** What a search may cost: names and patterns that were chosen to be slow hold up nobody else. */
import { deepEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import type { LeafItem } from '#engine'
import { type Clock, SeededRandom } from '#ports'
import { allPages, type OpenMachine, PointsWorld } from './points-world.contract.ts'
import { entryOf } from './random-trees.contract.ts'

const nameCharacters = 250
/** Trees are cut into leaves of so many bytes. */
const leafBytes = 192 * 1024

export function searchWorkContract(open: OpenMachine): void {
  test('a search asks the clock after each leaf: its page ends soon after the time is over (G4)', async () => {
    await using search = await Search.make(open, 8_000)
    const { items, pages } = await allPages((cursor) => search.page('*.txt', cursor))
    deepEqual(items, [])
    const leaves = Math.floor((8_000 * nameCharacters) / leafBytes)
    ok(pages >= leaves, `${pages} pages of ${leaves} leaves`)
  })

  test('names and a pattern that are slow together let others be served in between (no ReDoS)', async () => {
    await using search = await Search.make(open, 700)
    const pattern = `*a${'?'.repeat(nameCharacters - 1)}`
    await search.page('*.txt', undefined)
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    const { items } = await search.page(pattern, undefined)
    isOver = true
    deepEqual(
      items.map(({ name }) => name),
      search.names.filter((name) => name.startsWith('a')),
    )
    ok(turns > 100, `others had ${turns} turns`)
    const gone = new AbortController()
    const answer = search.page(pattern, undefined, gone.signal)
    setTimeout(() => gone.abort(), 20)
    await rejects(answer, { code: 'job.aborted' })
  })
}

type Place = Awaited<ReturnType<typeof plant>>

class Search implements AsyncDisposable {
  readonly names: readonly ByteString[]
  readonly #world: PointsWorld
  readonly #place: Place

  private constructor(world: PointsWorld, names: readonly ByteString[], place: Place) {
    this.#world = world
    this.names = names
    this.#place = place
  }

  static async make(open: OpenMachine, files: number): Promise<Search> {
    const world = await PointsWorld.make(open)
    const names = slowNames(files)
    return new Search(world, names, await plant(world, names))
  }

  async page(pattern: string, cursor: string | undefined, signal?: AbortSignal) {
    const points = this.#world.pointsBy(hurry(this.#world.kernel.clock))
    const query = { pattern, limit: 1_000, cursor }
    const context = this.#world.as()
    const call = { path: this.#place, query, body: undefined }
    return await points.search(call, { ...context, signal: signal ?? context.signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]()
  }
}

async function plant(world: PointsWorld, names: readonly ByteString[]) {
  const vaultId = await world.addVault()
  const dir = '' as ByteString
  const root = entryOf({ dir, name: '' as ByteString }, 'directory', 0)
  const entries = [root, ...names.map((name) => entryOf({ dir, name }, 'file', 0))]
  const items = entries.map((entry): LeafItem => {
    return { kind: 'entry', entry, replacesBytes: undefined }
  })
  const { pointId } = await world.plant(vaultId, items)
  return { vaultId, pointId }
}

/** Each character of them leads a pattern of many places into a state that it was never in before. */
function slowNames(count: number): readonly ByteString[] {
  const random = new SeededRandom(7)
  const letter = () => (random.u32() % 2 === 0 ? 'a' : 'b')
  const name = () => Array.from({ length: nameCharacters }, letter).join('')
  return Array.from({ length: count }, name).toSorted().map(byteStringFromText)
}

/** Any look at it is an hour later. */
function hurry(clock: Clock): Clock {
  let upMs = clock.now().upMs
  return {
    now: () => {
      upMs += 3_600_000
      return { ...clock.now(), upMs }
    },
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  }
}
