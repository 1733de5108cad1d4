/** The door of `server`: the control server. */
export * from './catalog/index.ts'
