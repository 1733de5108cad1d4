/** Archives on a stream. */

export { openArchive, type StreamedArchive } from './open-archive.ts'
export { tarArchive } from './tar-archive.ts'
export { zipArchive } from './zip-archive.ts'
