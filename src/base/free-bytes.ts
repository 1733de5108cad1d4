// Gives memory back at once. The garbage collector sees a small object where a block of two megabytes
// hangs on, and lets dozens of them pile up.

/** Frees what only the caller still has; a view of something larger is left alone. */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached) return
  if (buffer.byteLength === byteLength) buffer.transfer(0)
}
