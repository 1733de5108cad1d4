/** How much memory V8 may take for itself. */
export { countBuffersWithHeap, keepHeapsSmall } from './small-heaps.ts'
