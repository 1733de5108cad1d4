/** States of jobs (D4), of backups and of restores alike. */
import type { JobState } from '#contract'

export const jobStatesEnglish: Readonly<Record<JobState, string>> = {
  CREATED: 'Waiting',
  QUEUED: 'Waiting',
  RUNNING: 'Running',
  COMPLETE: 'Complete',
  PARTIAL_COMPLETE: 'Partially completed',
  FAILED: 'Failed',
  CANCELED: 'Cancelled',
  EXPIRED: 'Nobody took it',
  SKIPPED: 'Skipped',
}

export const jobStatesChinese: typeof jobStatesEnglish = {
  CREATED: '等待中',
  QUEUED: '等待中',
  RUNNING: '进行中',
  COMPLETE: '成功',
  PARTIAL_COMPLETE: '部分成功',
  FAILED: '失败',
  CANCELED: '已取消',
  EXPIRED: '已过期',
  SKIPPED: '已跳过',
}

export const jobStatesTexts = { en: jobStatesEnglish, zh: jobStatesChinese }
