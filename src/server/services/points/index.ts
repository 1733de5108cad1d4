/** The door of this service within the server. */
export type { OpenArchive, OpenedArchive } from './download.ts'
export { type PointsPorts, pointsHandlers } from './points.ts'
export { versionsHandlers } from './versions.ts'
