import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { type ByteString, byteString } from '#base'
import { idFromBytes, ids } from '../ids.ts'
import { readQuery, writeQuery } from '../query-text.ts'
import { absolutePath, filePath } from './file-path.ts'
import { fileInstant, instant, instantMax, timeOfDay, timeZone } from './instant.ts'
import { money, quantity } from './quantity.ts'
import { hostName, label, loginName, tags, webAddress } from './text.ts'

const bytesWithoutNul = fc
  .uint8Array({ maxLength: 40, min: 1 })
  .map((bytes): ByteString => byteString(bytes))
const utf8Path = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((text) => !text.includes('\0'))
  .map((text): ByteString => byteString(new TextEncoder().encode(text)))

test('every path of bytes has one wire form and comes back as it was (B5)', () => {
  fc.assert(
    fc.property(fc.oneof(bytesWithoutNul, utf8Path), (path) => {
      const text = z.encode(filePath, path)
      equal(z.decode(filePath, text), path)
      equal(z.encode(filePath, z.decode(filePath, text)), text)
      ok(text.isWellFormed())
    }),
  )
})

test('paths are text where they can be, and hexadecimal where they cannot', () => {
  const wire = (bytes: readonly number[]) => z.encode(filePath, byteString(Uint8Array.from(bytes)))
  equal(wire([0x2f, 0xc3, 0xa9]), '/é')
  equal(wire([0x2f, 0xe9]), 'hex:2fe9')
  equal(wire([0x68, 0x65, 0x78, 0x3a]), 'hex:6865783a')
  equal(wire([0xef, 0xbb, 0xbf]), '\ufeff')
})

test('what is no path is refused: NUL, half characters, half bytes, relative where it must not be', () => {
  for (const text of ['a\0b', 'hex:00', 'hex:2', 'hex:zz', '\ud800', `/${'a'.repeat(65_536)}`]) {
    equal(filePath.safeParse(text).success, false, JSON.stringify(text.slice(0, 20)))
  }
  for (const text of ['etc', '', 'hex:6162', '~/a', './a']) {
    equal(absolutePath.safeParse(text).success, false, text)
  }
  for (const text of ['/', '/etc', 'C:\\Users', 'hex:2fe9']) {
    equal(absolutePath.safeParse(text).success, true, text)
  }
})

test('instants are milliseconds here and RFC 3339 there', () => {
  equal(z.decode(instant, '2026-11-22T10:00:00.123Z'), Date.UTC(2026, 10, 22, 10, 0, 0, 123))
  equal(z.decode(instant, '2026-11-22T18:00:00+08:00'), Date.UTC(2026, 10, 22, 10))
  equal(z.encode(instant, Date.UTC(2026, 10, 22)), '2026-11-22T00:00:00.000Z')
  for (const text of ['2026-11-22', '2026-11-22 10:00:00Z', '2026-02-30T00:00:00Z', '', 'now']) {
    equal(instant.safeParse(text).success, false, text)
  }
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200_000, max: instantMax }), (at) => {
      equal(z.decode(instant, z.encode(instant, at)), at)
    }),
  )
})

test('a file of an impossible time is listed all the same', () => {
  equal(z.encode(fileInstant, 9e18), '9999-12-31T23:59:59.999Z')
  equal(z.encode(fileInstant, -9e18), '0000-01-01T00:00:00.000Z')
  equal(z.encode(fileInstant, 1.5), '1970-01-01T00:00:00.001Z')
})

test('times of day and zones have their form', () => {
  for (const text of ['00:00', '04:30', '23:59']) ok(timeOfDay.safeParse(text).success, text)
  for (const text of ['24:00', '4:30', '04:60', '04:30:00', '']) {
    equal(timeOfDay.safeParse(text).success, false, text)
  }
  for (const text of ['Asia/Shanghai', 'UTC', '+08:00', 'America/Argentina/Buenos_Aires']) {
    ok(timeZone.safeParse(text).success, text)
  }
  for (const text of ['', '/etc/localtime', '+8', '../x', 'A B']) {
    equal(timeZone.safeParse(text).success, false, text)
  }
})

test('no text that could reach a process begins an option, ends a line or starts a shell (A20)', () => {
  const hostile = [
    '-oProxyCommand=touch /tmp/x',
    '--',
    'a;reboot',
    'a$(reboot)',
    'a`reboot`',
    'a\nb',
    'a\rb',
    'a b',
    'a|b',
    'a&b',
    '$HOME',
    'a\0',
    "a'b",
    'a"b',
    '',
  ]
  for (const text of hostile) {
    equal(hostName.safeParse(text).success, false, JSON.stringify(text))
    equal(loginName.safeParse(text).success, false, JSON.stringify(text))
  }
  for (const text of ['web-1', 'db.example.org', '10.0.0.7', 'fe80::1', '2001:db8::1']) {
    ok(hostName.safeParse(text).success, text)
  }
})

test('labels hold what shows and nothing else', () => {
  for (const text of ['web 1', '数据库', 'Zürich – büro', 'a\u0301']) {
    ok(label(64).safeParse(text).success, text)
  }
  for (const text of [' a', 'a ', '', 'a\tb', 'a\u202eb', 'a\u200bb', 'a\x1b[31m', '\ud800']) {
    equal(label(64).safeParse(text).success, false, JSON.stringify(text))
  }
  ok(tags.safeParse({ env: 'prod', empty: '' }).success)
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v']))
  equal(tags.safeParse(many).success, false)
})

test('webhooks go to web addresses', () => {
  for (const text of ['https://hooks.example.org/a?b=c', 'http://ntfy.example.org/topic']) {
    ok(webAddress.safeParse(text).success, text)
  }
  for (const text of ['file:///etc/passwd', 'javascript:alert(1)', 'ftp://example.org', 'x']) {
    equal(webAddress.safeParse(text).success, false, text)
  }
})

test('ids are made from bytes, differ when the bytes do, and are of one kind', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (a, b) => {
        const first = idFromBytes('instance', a)
        const second = idFromBytes('instance', b)
        equal(ids.instance.parse(first), first)
        equal(ids.vault.safeParse(first).success, false)
        equal(first === second, Buffer.compare(a, b) === 0)
        // Ids sort as their bytes do, so that time in front keeps rows together.
        equal(Math.sign(Buffer.compare(a, b)), first < second ? -1 : first > second ? 1 : 0)
      },
    ),
  )
})

test('queries come back as they were written', () => {
  const schema = z.strictObject({
    text: z.string().optional(),
    count: z.int().optional(),
    on: z.boolean().optional(),
    many: z.array(z.enum(['a', 'b', 'c'])).optional(),
    at: instant.optional(),
  })
  const values = fc.record(
    {
      text: fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
      count: fc.integer(),
      on: fc.boolean(),
      many: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
      at: fc.integer({ min: 0, max: instantMax }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  fc.assert(
    fc.property(values, (value) => {
      const wire = z.encode(schema, value as z.output<typeof schema>)
      deepEqual(z.decode(schema, readQuery(schema, writeQuery(wire)) as typeof wire), value)
    }),
  )
})

test('a query is never guessed: twice given, not a number, and unknown keys are refused', () => {
  const schema = z.strictObject({ count: z.int().optional(), name: z.string().optional() })
  const read = (text: string) => schema.safeParse(readQuery(schema, text)).success
  equal(read('count=5'), true)
  for (const text of ['count=5x', 'count=', 'count=0x10', 'count=1e3', 'count=007', 'other=1']) {
    equal(read(text), false, text)
  }
  equal(read('name=5'), true)
  equal(schema.parse(readQuery(schema, 'name=5')).name, '5')
})

test('money and quantities are exact, however large', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (value) => {
      equal(z.decode(quantity, z.encode(quantity, value)), value)
      equal(z.decode(money, z.encode(money, value)), value)
    }),
  )
  equal(z.encode(money, 12_500_000n), '12.50')
  for (const text of ['', '-1', '1e3', '1.2345678', '1,5', '9'.repeat(40)]) {
    equal(money.safeParse(text).success, false, text)
  }
})
