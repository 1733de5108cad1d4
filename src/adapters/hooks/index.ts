/** Hooks of the local policy. */
export { type HookRun, hookRunner } from './run-hook.ts'
