// Stands in for node:worker_threads in the single executable: there is no file beside it that a thread could run, so
// the programs of threads are parts of it. What is exported here is what the sources import; more fails the build.
import { getAsset } from 'node:sea'
import { Worker as NodeWorker, type WorkerOptions } from 'node:worker_threads'
import { placeNative } from './native-part.ts'

export {
  isMainThread,
  MessageChannel,
  MessagePort,
  parentPort,
  receiveMessageOnPort,
  threadId,
  workerData,
} from 'node:worker_threads'

export class Worker extends NodeWorker {
  constructor(program: string | URL, options: WorkerOptions) {
    // Threads share what this one has put where the system can load it from.
    placeNative()
    const name = String(program)
      .split('/')
      .at(-1)
      ?.replace(/\.\w+$/, '')
    super(getAsset(`${name}.cjs`, 'utf8'), { ...options, eval: true })
  }
}
