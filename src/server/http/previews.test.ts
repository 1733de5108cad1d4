// Previews leave the server so that a browser runs nothing of them and loads nothing for them (A18).
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { previewMedia } from '#contract'
import type { ByteReply } from '../handler.ts'
import { openWorld } from './listener-world.contract.ts'

async function answerOf(reply: Omit<ByteReply, 'content'>) {
  await using world = await openWorld({
    handlers: { 'points.preview': async () => ({ ...reply, content: once(Buffer.from('seen')) }) },
  })
  const { vault, point } = world.mine.ids
  const path = `/api/v1/vaults/${vault}/points/${point}/preview?path=/etc/hosts`
  return await world.ask('GET', path, { token: world.mine.people.owner.token })
}

test('a preview is of an origin of its own, framed by the console alone, and never guessed at (A18)', async () => {
  for (const media of previewMedia) {
    const { status, headers, text } = await answerOf({ media, length: 4, isPreview: true })
    equal(status, 200)
    equal(text, 'seen')
    const names = [
      'content-type',
      'content-disposition',
      'content-security-policy',
      'x-content-type-options',
      'x-frame-options',
      'cache-control',
      'cross-origin-resource-policy',
    ]
    deepEqual(
      names.map((name) => headers[name]),
      [
        media,
        'inline',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
        'nosniff',
        'SAMEORIGIN',
        'no-store',
        'same-origin',
      ],
    )
  }
})

test('nothing but text and images leaves as a preview, whatever a handler says', async () => {
  for (const media of ['text/html', 'image/svg+xml', 'application/pdf', 'text/plain', undefined]) {
    const reply = { ...(media === undefined ? {} : { media }), isPreview: true } as const
    equal((await answerOf(reply)).status, 500, String(media))
  }
  const named = { media: 'image/png', fileName: 'a.png', isPreview: true } as const
  equal((await answerOf(named)).status, 500)
})

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
