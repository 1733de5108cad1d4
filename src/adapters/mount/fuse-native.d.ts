/** The part of fuse-native that we call; it brings no types of its own. */
declare module 'fuse-native' {
  export type FuseStat = {
    readonly mode: number
    readonly uid: number
    readonly gid: number
    readonly size: number
    readonly nlink: number
    readonly rdev: number
    readonly blksize: number
    readonly blocks: number
    /** Milliseconds. */
    readonly atime: number
    readonly mtime: number
    readonly ctime: number
  }

  type Done<T extends readonly unknown[] = []> = (errno: number, ...result: Partial<T>) => void

  export type FuseOperations = {
    getattr(path: string, done: Done<[FuseStat]>): void
    readdir(path: string, done: Done<[string[]]>): void
    readlink(path: string, done: Done<[string]>): void
    open(path: string, flags: number, done: Done<[number]>): void
    read(
      path: string,
      handle: number,
      target: Uint8Array,
      length: number,
      offset: number,
      done: (bytesOrErrno: number, bytes?: number) => void,
    ): void
    release(path: string, handle: number, done: Done): void
    statfs(path: string, done: Done<[Readonly<Record<string, number>>]>): void
    getxattr(path: string, name: string, position: number, done: Done<[Buffer]>): void
    listxattr(path: string, done: Done<[string[]]>): void
  }

  export type FuseOptions = {
    readonly fsname?: string
    readonly subtype?: string
    readonly force?: boolean
    readonly timeout?: number | false
    readonly kernelCache?: boolean
    readonly entryTimeout?: number
    readonly attrTimeout?: number
  }

  // biome-ignore lint/style/noDefaultExport: it is how the package shows itself
  export default class Fuse {
    static unmount: (directory: string, done: (problem: Error | null) => void) => void
    constructor(directory: string, operations: FuseOperations, options: FuseOptions)
    mount(done: (problem: Error | null) => void): void
    unmount(done: (problem: Error | null) => void): void
  }
}
