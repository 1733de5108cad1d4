// A long way to a server: whatever goes through arrives later, each way. Kernels of small machines lack netem.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export type SlowLine = AsyncDisposable & { readonly port: number }

export async function openSlowLine(
  from: string,
  to: { readonly host: string; readonly port: number },
  delayMs: number,
): Promise<SlowLine> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      // Each piece waits for itself only, so that the line is long and not narrow; they stay in their order.
      let turn: Promise<unknown> = Promise.resolve()
      const later = (step: () => void) => {
        const arrived = delay(delayMs)
        turn = turn.then(() => arrived).then(step)
      }
      one.on('data', (piece) => later(() => other.write(piece)))
      one.on('end', () => later(() => other.end()))
      one.on('error', () => other.destroy())
      one.on('close', () => open.delete(one))
    }
  })
  await new Promise<void>((done) => server.listen(0, from, done))
  const { port } = server.address() as AddressInfo
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
