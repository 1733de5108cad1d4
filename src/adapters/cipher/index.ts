/** Encryption, hashing and compression by Node itself. */
export { nodeCipher } from './node-cipher.ts'
