import { deepEqual } from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Client, type ClientCallback, type ClientChannel } from 'ssh2'
import { runCommand } from './run-command.ts'

/** A machine that answers at once: all that a command says comes within the packet that opens its channel. */
class HastyClient extends Client {
  override exec(_: string, given: unknown): this {
    if (typeof given !== 'function') return this
    const channel = Object.assign(new PassThrough(), {
      stderr: new PassThrough(),
      close: () => undefined,
    })
    const opened: ClientCallback = (problem, of) => Reflect.apply(given, undefined, [problem, of])
    opened(undefined, channel as unknown as ClientChannel)
    channel.emit('data', Buffer.from('/tmp/made'))
    channel.emit('exit', 0)
    channel.emit('close')
    return this
  }
}

test('a command that ends within the packet that opened its channel is heard', async () => {
  const client = new HastyClient()
  const machine = { client, address: 'nas:22' }
  const command = { text: 'mktemp', step: 'looking', timeoutMs: 5_000 }
  const result = await runCommand(machine, command, new AbortController().signal)
  deepEqual(result, { exitCode: 0, output: '/tmp/made', errors: '' })
  deepEqual(EventEmitter.listenerCount(client, 'close'), 0)
})
