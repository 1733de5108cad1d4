/** How much memory V8 may take for itself. */
export { keepHeapsSmall } from './small-heaps.ts'
