// Takes the symbols out of an executable: a fifth of Node, and only debuggers read them. The tool `strip` knows only the
// machine that it runs on; this is the same for both that we build for.

const magic = 0x464c457f
const loadSegment = 1

/** @param elf a 64-bit little-endian ELF file; what is never loaded into memory is left out */
export function stripSymbols(elf: Uint8Array): Uint8Array {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength)
  const is64BitLittleEndian = view.getUint32(0, true) === magic && view.getUint16(4) === 0x0201
  if (!is64BitLittleEndian) throw new Error('Not a 64-bit little-endian ELF file.')
  const segmentsAt = Number(view.getBigUint64(32, true))
  const segmentBytes = view.getUint16(54, true)
  const segmentCount = view.getUint16(56, true)
  let end = 0
  for (let i = 0; i < segmentCount; i++) {
    const at = segmentsAt + i * segmentBytes
    if (view.getUint32(at, true) !== loadSegment) continue
    end = Math.max(
      end,
      Number(view.getBigUint64(at + 8, true)) + Number(view.getBigUint64(at + 32, true)),
    )
  }
  const stripped = elf.slice(0, end)
  const header = new DataView(stripped.buffer)
  // Where the table of sections begins, how many there are, and which one holds their names: none.
  header.setBigUint64(40, 0n, true)
  header.setUint16(60, 0, true)
  header.setUint16(62, 0, true)
  return stripped
}
