/** Archives on a stream. */
export { tarArchive } from './tar-archive.ts'
export { zipArchive } from './zip-archive.ts'
