/** A way through a proxy: CONNECT, as HTTP has it. The proxy sees a name and a port, and bytes that it cannot read. */
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { failure } from '#base'
import type { HttpProxy } from './proxy-choice.ts'

const answerBytesMax = 16 * 1024

/** @throws server.unreachable */
export async function openTunnel(
  proxy: HttpProxy,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const socket = await openSocket(proxy, signal)
  try {
    const name = target.host.includes(':') ? `[${target.host}]` : target.host
    const place = `${name}:${target.port}`
    const authorization =
      proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
    socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${authorization}\r\n`)
    const status = await readStatus(socket, signal)
    if (/^HTTP\/1\.[01] 2\d\d\b/.test(status)) return socket
    throw unreachable(proxy, `the proxy answers "${status.slice(0, 100)}"`)
  } catch (problem) {
    socket.destroy()
    throw problem
  }
}

async function openSocket(proxy: HttpProxy, signal: AbortSignal): Promise<Socket> {
  const { host, port, isSecure } = proxy
  const socket = isSecure ? connectSecurely({ host, port }) : connect({ host, port })
  try {
    await reached(socket, isSecure ? 'secureConnect' : 'connect', signal)
    return socket
  } catch (problem) {
    socket.destroy()
    throw unreachable(proxy, problem instanceof Error ? problem.message : String(problem), problem)
  }
}

/** Resolves at `event`. Rejects with the socket's error, or when the signal aborts. */
export async function reached(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(new Error('there was no answer in time'))
  const onClose = () => reject(new Error('the connection was closed'))
  socket.once(event, resolve).once('error', reject).once('close', onClose)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    await promise
  } finally {
    socket.off(event, resolve).off('error', reject).off('close', onClose)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Byte by byte to the end of the head: what comes after belongs to the tunnel. */
async function readStatus(socket: Socket, signal: AbortSignal): Promise<string> {
  let head = ''
  while (!head.endsWith('\r\n\r\n')) {
    const byte: Buffer | null = socket.read(1)
    if (byte === null) await reached(socket, 'readable', signal)
    else head += byte.toString('latin1')
    if (head.length > answerBytesMax) throw new Error('the answer of the proxy is too long')
  }
  return head.slice(0, head.indexOf('\r\n'))
}

function unreachable(proxy: HttpProxy, problem: string, cause?: unknown): Error {
  const address = `the proxy ${proxy.host}:${proxy.port}`
  return failure('server.unreachable', { address, problem }, cause)
}
