/** Names of objects by their ids. */
export { namesHandlers } from './names-handlers.ts'
