import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './listener-world.contract.ts'

test('the cookie of a sign-in is for this server alone and for no script, and can be taken away', async () => {
  let expiresAt: number | undefined
  await using world = await openWorld({
    handlers: {
      'signIn.end': async (_call, { setSessionCookie, sessionCookie }) => {
        equal(sessionCookie, world.mine.people.owner.cookie)
        setSessionCookie(expiresAt === undefined ? undefined : { secret: 'hfs_x', expiresAt })
        return undefined
      },
    },
  })
  const end = () => world.ask('POST', '/api/v1/sign-out', { cookie: world.mine.people.owner })
  const attributes = 'Secure; HttpOnly; SameSite=Strict'
  const taken = await end()
  equal(taken.status, 204)
  deepEqual(taken.headers['set-cookie'], [`__Host-holdfast=; Path=/; Max-Age=0; ${attributes}`])
  expiresAt = world.kernel.wallMs() + 60_000
  const given = await end()
  deepEqual(given.headers['set-cookie'], [
    `__Host-holdfast=hfs_x; Path=/; Max-Age=60; ${attributes}`,
  ])
})

test('the console is a few files and its first page; the API stays the API', async () => {
  const files = new Map([
    ['/', { content: Buffer.from('<p>'), media: 'text/html', isNamedByContent: false }],
    [
      '/a-1f.js',
      {
        content: Buffer.from('1'),
        media: 'text/javascript',
        isNamedByContent: true,
        gzip: () => Buffer.from('packed'),
      },
    ],
  ])
  await using world = await openWorld({ console: { find: (path) => files.get(path) } })
  const { ask } = world
  for (const path of ['/', '/instances/i-1?x=1']) {
    const page = await ask('GET', path)
    deepEqual([page.status, page.text, page.headers['cache-control']], [200, '<p>', 'no-cache'])
    equal(page.headers['content-type'], 'text/html; charset=utf-8')
    match(String(page.headers['content-security-policy']), /script-src 'self'/)
    ok(!String(page.headers['content-security-policy']).includes('unsafe'))
  }
  match(String((await ask('GET', '/a-1f.js')).headers['cache-control']), /immutable/)
  const packed = await ask('GET', '/a-1f.js', { headers: { 'accept-encoding': 'br, gzip' } })
  deepEqual([packed.text, packed.headers['content-encoding']], ['packed', 'gzip'])
  equal(packed.headers.vary, 'accept-encoding')
  equal((await ask('GET', '/', { headers: { 'accept-encoding': 'gzip' } })).text, '<p>')
  for (const path of ['/b.js', '/../a-1f.js', '/api/v1/nothing', '/api/']) {
    equal((await ask('GET', path)).status, 404, path)
  }
  equal((await ask('POST', '/')).status, 404)
})
