/** Mail over SMTP. */
export { type MailConfig, type Mailer, type MailMessage, openMailer } from './mailer.ts'
