// A thread that lists one folder and ends. A disk that does not answer holds up this thread and nothing else.
import { parentPort, workerData } from 'node:worker_threads'
import { assert, isFailure } from '#base'
import type { FolderReply, FolderTask } from './folder-messages.ts'
import { listFolder } from './list-folder.ts'

assert(parentPort !== null, 'this file runs as a worker thread')
const port = parentPort
const say = (reply: FolderReply) => port.postMessage(reply)
perform(workerData)

function perform({ path, rules, limits }: FolderTask): void {
  try {
    const names = listFolder(path, rules, limits, (soFar) => say({ kind: 'so-far', names: soFar }))
    say({ kind: 'done', names })
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    say({ kind: 'refused', code: problem.code, context: problem.context })
  }
}
