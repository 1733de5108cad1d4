// The little of WebAssembly that we use. Node's types leave it to those of the browser, which would
// bring the whole page along.

// biome-ignore lint/style/noNamespace: the language offers no other way to describe this global
declare namespace WebAssembly {
  class Memory {
    constructor(size: {
      readonly initial: number
      readonly maximum: number
      readonly shared: true
    })
    readonly buffer: SharedArrayBuffer
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>)
    readonly exports: object
  }
}
