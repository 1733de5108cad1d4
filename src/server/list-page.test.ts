import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageOfList } from './list-page.ts'

type Row = { readonly name: string; readonly id: string }
const rows: readonly Row[] = ['b', 'a', 'c', 'a', 'd', 'a'].map((name, i) => ({ name, id: `${i}` }))
const order = { list: 'rows', keyOf: ({ name, id }: Row) => [name, id] as const }
const idsOf = (items: readonly Row[]) => items.map(({ id }) => id).join('')

function walk(list: readonly Row[], descends: boolean, limit: number): string {
  let all = ''
  let cursor: string | undefined
  do {
    const page = pageOfList(list, { ...order, descends }, { limit, cursor })
    all += idsOf(page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return all
}

test('pages of every size show every item once, equals by their ids, both ways', () => {
  for (const limit of [1, 2, 3, 5, 6, 7]) {
    assert.equal(walk(rows, false, limit), '135024')
    assert.equal(walk(rows, true, limit), '420531')
  }
  assert.equal(walk([], false, 3), '')
})

test('items that come and go between pages neither repeat nor hide others', () => {
  const first = pageOfList(rows, order, { limit: 3 })
  const changed = [...rows.filter(({ id }) => id !== '5'), { name: 'a', id: '0x' }]
  const second = pageOfList(changed, order, { limit: 9, cursor: first.next })
  assert.equal(idsOf(first.items) + idsOf(second.items), '135024')
})

test('a cursor of another list, another order or nobody is refused', () => {
  const { next } = pageOfList(rows, order, { limit: 2 })
  const noise = Buffer.from('{"a":1}').toString('base64url')
  const list = (more: object, cursor: string | undefined) => () =>
    pageOfList(rows, { ...order, ...more }, { limit: 2, cursor })
  const refused = { code: 'page.cursor-refused' }
  assert.throws(list({ list: 'others' }, next), refused)
  assert.throws(list({ descends: true }, next), refused)
  assert.throws(list({}, noise), refused)
  assert.throws(list({}, 'xx'), refused)
  assert.throws(list({}, `x${next}`), refused)
})
