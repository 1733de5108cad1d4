// A reporter beside the usual one: names the tests that did not run. In CI each of them is a failure, because a test that
// is passed over proves nothing: a tool is to be installed, a right to be given. Elsewhere it is news.

import type { TestEvent } from 'node:test/reporters'

/** What no installation gives: containers may forbid mounting, tracing and FUSE, and some file systems take no such name. */
const forbidden = /\bFUSE\b|\/dev\/fuse|mount|strace cannot trace|cannot be made/i

/** What the runner loads by this file's name has to be its default export. */
// biome-ignore lint/style/noDefaultExport: the test runner asks for it
export default async function* listSkipped(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const skipped: string[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:pass' || data.skip === undefined) continue
    skipped.push(`${data.file ?? ''}: ${data.name} (${data.skip})`)
  }
  if (skipped.length === 0) return
  yield `${skipped.length} tests did not run:\n${skipped.join('\n')}\n`
  const isAvoidable = skipped.some((line) => !forbidden.test(line))
  if (process.env['CI'] !== undefined && isAvoidable) process.exitCode = 1
}
