import { ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

test('what is freed among small things that live leaves the process', () => {
  const [without, with_] = [residentAfter(''), residentAfter('trim()')]
  ok(with_ < without / 2, `${with_} MiB with it, ${without} MiB without`)
})

/** MiB that a process holds beyond its start after 200 MiB of buffers were freed. */
function residentAfter(then: string): number {
  const script = `
    const { trim } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
    const rss = () => process.memoryUsage.rss() / 1024 / 1024
    const start = rss()
    // The first large one that is freed raises the size from which they are mapped by themselves.
    let large = [new Uint8Array(16 << 20).fill(1)]
    large = []
    gc()
    const small = []
    for (let i = 0; i < 200; i++) {
      large.push(new Uint8Array(1 << 20).fill(i))
      small.push(new Uint8Array(64 << 10).fill(i))
    }
    large = []
    gc()
    await new Promise((resolve) => setTimeout(resolve, 200))
    ${then}
    console.log(rss() - start, small.length)`
  const answer = execFileSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  return Number(answer.split(' ')[0])
}
