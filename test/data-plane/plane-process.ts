// The server's half as a process, to be killed: prints its port and serves.
import { openPlane } from './plane.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('in which folder?')
const { port } = await openPlane(folder)
process.stdout.write(`${port}\n`)
setInterval(() => {}, 60_000)
