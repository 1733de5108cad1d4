/** The overview (G1). */
export { overviewHandlers } from './overview-handlers.ts'
