/** Notices: alerts, the channels that they go to, and the outbox in between (H4). */
export { alertsHandlers } from './alert-handlers.ts'
export { channelsHandlers } from './channel-handlers.ts'
export type {
  Mailer,
  NoticeKernel,
  NoticePorts,
  WebhookCall,
  WebhookSender,
} from './notice-ports.ts'
export { noticeClearing, openNotices } from './open-notices.ts'
