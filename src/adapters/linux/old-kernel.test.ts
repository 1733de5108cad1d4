// A kernel without openat2(2), in a process of its own: whether the call is there is asked once.
import { throws } from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { closeDescriptor, OPEN_DIRECTORY, openQuietly } from './descriptors.ts'
import { kernel } from './kernel.ts'
import { ERRNO } from './system-error.ts'
import { temporaryDirectory } from './tree-fixture.ts'

test('where the kernel cannot refuse links on the way, sources are opened as before', (t) => {
  const dir = temporaryDirectory(t)
  fs.writeFileSync(`${dir}/f`, 'content')
  fs.symlinkSync('f', `${dir}/link`)
  const { call5, errno, sys } = kernel()
  let isRefused = false
  t.mock.method(kernel(), 'call5', (...args: Parameters<typeof call5>) => {
    isRefused = args[0] === sys.openat2
    return isRefused ? -1 : call5(...args)
  })
  t.mock.method(kernel(), 'errno', () => (isRefused ? ERRNO.ENOSYS : errno()))
  closeDescriptor(openQuietly(byteStringFromText(dir), OPEN_DIRECTORY))
  closeDescriptor(openQuietly(byteStringFromText(`${dir}/f`), fs.constants.O_RDONLY))
  const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW
  throws(() => openQuietly(byteStringFromText(`${dir}/link`), flags), { code: 'ELOOP' })
})
