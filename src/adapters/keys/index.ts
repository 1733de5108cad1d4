/** Passphrases made expensive to guess. */
export {
  Argon2Stretcher,
  calibrateArgon2Cost,
  chooseArgon2Cost,
  stretchTimeLimitMs,
} from './argon2-stretcher.ts'
