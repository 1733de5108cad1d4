/**
 * The cryptographic and compression primitives that the engine needs, as pure functions handed in from outside. The
 * product plugs in Node's (src/adapters/cipher), the simulator a deterministic stand-in.
 */
export interface Cipher {
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  digest(bytes: Uint8Array): Uint8Array
  /** SHA-256 of bytes that arrive in parts. */
  digester(): Digester
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  mac(key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** HKDF-SHA-256 (RFC 5869) with an empty salt. */
  expand(key: Uint8Array, label: string, length: number): Uint8Array
  /** AES-256-GCM with an all-zero nonce: the key must be fresh for every call. Returns ciphertext ‖ 16-byte tag. */
  encrypt(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array
  /** The plaintext, only after its authentication; undefined when it is not authentic. */
  decrypt(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array | undefined
  /** zstd (RFC 8878). */
  compress(bytes: Uint8Array, level: number): Uint8Array
  /** Exactly `rawLength` bytes; undefined when the frame is broken or of another length. */
  decompress(bytes: Uint8Array, rawLength: number): Uint8Array | undefined
  /** CRC-32 (IEEE 802.3) continued from `seed`. */
  crc32(bytes: Uint8Array, seed: number): number
  /** Unpredictable bytes. */
  random(length: number): Uint8Array
}

export interface Digester {
  update(bytes: Uint8Array): void
  finish(): Uint8Array
}
