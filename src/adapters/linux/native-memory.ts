// How the C library keeps what programs free. glibc raises the size from which blocks are mapped by themselves as soon as
// one of them is freed, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD). From then on the buffers of backups lie in the
// heap among small things that live long, and the heap never shrinks: after ten minutes with 1,000 agents
// a server held 1.8 GB, of which 680 MB were free.
import { libraryCall } from './kernel.ts'

const M_TRIM_THRESHOLD = -1
const M_MMAP_THRESHOLD = -3
const mappedFrom = 256 * 1024
const keptFree = 16 * 1024 * 1024

/**
 * Large blocks go back to the kernel as soon as they are freed, for the whole process.
 * @returns false: the C library is another one, and does so or not as it likes
 */
export function returnLargeBlocks(): boolean {
  const mallopt = libraryCall('mallopt', 2)
  if (mallopt === undefined) return false
  return mallopt(M_MMAP_THRESHOLD, mappedFrom) === 1 && mallopt(M_TRIM_THRESHOLD, keptFree) === 1
}
