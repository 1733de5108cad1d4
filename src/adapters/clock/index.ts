/** The clocks of this machine. */
export { systemClock } from './system-clock.ts'
