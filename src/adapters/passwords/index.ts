/** Passwords of people, made expensive to guess. */
export { type Argon2, Argon2Passwords, defaultPasswordCost } from './argon2-passwords.ts'
export type { PasswordCost } from './password-text.ts'
