// Stands in for the thread that lists: it opens a pipe, which hangs in the kernel until somebody writes, as a dead disk does.
import { openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

const { path, rules } = workerData
const [known] = rules.roots
if (known !== undefined) {
  parentPort?.postMessage({ kind: 'so-far', names: { names: [known], isWhole: false } })
}
openSync(path, 'r')
parentPort?.postMessage({ kind: 'done', names: { names: [], isWhole: true } })
