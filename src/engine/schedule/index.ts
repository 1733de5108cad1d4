/** When plans are due, what becomes of it, and how it is called: schedules, decisions, states, forecasts. */
export { type CronTimes, parseCron } from './cron.ts'
export {
  type DailyForecast,
  type EssentialPriority,
  type ForecastRequest,
  forecastDailyRun,
  type MeasuredRun,
  priorityLimits,
} from './daily-forecast.ts'
export {
  type DueDecision,
  type DueDecisions,
  type DueRequest,
  decideDue,
  decideDueRuns,
  lateStartMaxMs,
  nextLook,
  type PlanFacts,
  type SkipReason,
  skipReasons,
} from './decide-due.ts'
export {
  type BackupTimeProposal,
  type BackupTimeRequest,
  type EssentialStart,
  essentialSchedule,
  proposeBackupTime,
  spreadMinutes,
  spreadStart,
} from './essential-schedule.ts'
export {
  hasVersion,
  isFinalState,
  isJobState,
  type JobState,
  jobStates,
  jobTransitions,
  moveJob,
} from './job-state.ts'
export { findScheduleProblem, listNextDue, nextDue } from './next-due.ts'
export {
  type ClientStatus,
  clientStatuses,
  isClientStatus,
  type RunningFacts,
  type RunningStatus,
  runningStatus,
  runningStatusTitles,
} from './running-status.ts'
export type {
  DailySchedule,
  Due,
  MonthDay,
  PolicySchedule,
  Schedule,
  Weekday,
} from './schedule.ts'
export {
  addDays,
  defaultTimeZone,
  instantOf,
  type LocalDate,
  localDateAt,
  minuteOfDayAt,
  parseLocalDate,
  parseTimeOfDay,
  parseTimeZone,
  startOfDate,
  type TimeZone,
  timeOfDayText,
} from './zone-time.ts'
