// A thread with hands: takes one task after the other and answers each. Starting one is part of every
// large restore's time, so this file imports only what hands need.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { assert } from '#base'
import type { TargetTaskKind, TargetTasks } from '#ports'
import { packError } from '../pool/travelling-error.ts'
import type { HandReply, HandTask } from './hand-messages.ts'
import { Hands, type HandsSetup } from './hands.ts'

assert(parentPort !== null, 'this file runs as a worker thread')
serve(parentPort, workerData)

function serve(port: MessagePort, setup: HandsSetup): void {
  const hands = new Hands(setup)
  port.on('message', (task: HandTask | 'end') => {
    if (task === 'end') {
      hands[Symbol.dispose]()
      port.close()
    } else port.postMessage(perform(hands, task))
  })
}

function perform(hands: Hands, { number, kind, ask }: HandTask): HandReply {
  try {
    // `kind` and `ask` come from one message, so they fit; the compiler cannot follow the pair.
    const answer = hands.perform(kind, ask as TargetTasks[TargetTaskKind]['ask'] & never)
    return { number, ok: true, answer }
  } catch (problem) {
    return { number, ok: false, problem: packError(problem) }
  }
}
