// The one thing the pure rooms use that ECMAScript itself does not name: UTF-8 to and from bytes.
// Written by hand so that no clock, disk, network or environment comes along with a library of types.

interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number }
}

declare const TextEncoder: { new (): TextEncoder }

interface TextDecoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string
}

declare const TextDecoder: {
  new (
    label?: 'utf-8' | 'latin1' | 'utf-16le',
    options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
  ): TextDecoder
}
