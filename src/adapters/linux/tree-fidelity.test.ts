import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { type ByteString, byteString, byteStringFromText } from '#base'
import { decodeListing, KIND_CODE, type ListingEntry } from '#engine'
import type { EntryMetadata, Shortfall } from './entry-metadata.ts'
import { readInodeFlags } from './inode-flags.ts'
import { listDirectory } from './list-directory.ts'
import { closeEntry, nextData, openEntry, readAt, readLinkTarget } from './read-file.ts'
import {
  needsRoot,
  nothing,
  plain,
  put,
  shell,
  temporaryDirectory,
  writerIn,
} from './tree-fixture.ts'
import type { TreeWriter } from './tree-writer.ts'
import { readXattrs } from './xattr-calls.ts'

test('a tree of everything arrives as tools that are not ours see it (B5)', {
  skip: needsRoot,
}, async (t) => {
  const dir = temporaryDirectory(t)
  const source = `${dir}/source`
  shell(
    `mkdir -p "$1/sub/deep" "$1/shared"; cd "$1"
    printf content > file; ln file sub/hardlink; ln file sub/deep/third
    printf 'x' > $'n\\xff\\xfe\\n name'; mkdir $'d\\xe9'; printf y > $'d\\xe9/inside'
    truncate -s 3M sparse; printf data | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
    ln -s ../nowhere link; ln -s $'\\xff/t' bytelink; mkfifo fifo; mknod char c 10 200; mknod block b 259 300000
    chown -h 123:456 link fifo; chown 4000000000:77 file
    printf prog > suid; chown 33:33 suid; chmod 6755 suid; printf cap > cap; setcap cap_net_raw+ep cap
    setfattr -n user.a -v 1 file; setfattr -n trusted.t -v 2 sub; setfattr -h -n trusted.l -v 3 link
    setfacl -m u:1234:rwx,g:9:r sub/deep; setfacl -d -m u:1234:rx sub; setfacl -m u:7:r sparse
    chmod 2770 shared; chmod 1777 sub; printf n > shared/new; chattr +d file; chattr +A sub; printf imm > immutable
    touch -d '1960-05-05 05:05:05.123456789 UTC' file; touch -h -d '2300-01-01 00:00:00.000000001 UTC' link
    touch -d '2001-02-03 04:05:06.7 UTC' fifo $'d\\xe9' shared; chattr +i immutable; chattr +a shared`,
    source,
  )
  const server = net.createServer().listen(`${source}/socket`)
  server.unref()
  await new Promise((done) => server.once('listening', done))

  const target = `${dir}/target`
  fs.mkdirSync(target)
  const shortfalls = copyTree(byteStringFromText(source), writerIn(t, target), '' as ByteString)
  await new Promise((done) => server.close(done))
  assert.deepEqual(shortfalls, [{ what: 'socket', reason: 'stripped', detail: 'a socket' }])
  assert.equal(describe(target), describe(source))
})

test('what is not allowed is stripped and told, the rest is restored (A16)', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  shell(
    `mkdir "$1/source" "$1/target"; cd "$1/source"
    printf a > f; setfattr -n user.u -v 1 f; setfattr -n trusted.t -v 1 f; setcap cap_net_raw+ep f
    chown 1:1 f; setcap cap_net_raw+ep f; mknod c c 1 3; printf s > s; chown 1:1 s; chmod 6755 s
    chattr +A f; printf i > i; chattr +i i`,
    dir,
  )
  const writer = writerIn(t, `${dir}/target`, nothing)
  const shortfalls = copyTree(byteStringFromText(`${dir}/source`), writer, '' as ByteString)
  assert.deepEqual(shortfalls, [
    { what: 'device', reason: 'stripped', detail: 'charDevice 1:3' },
    { what: 'xattr', reason: 'stripped', detail: 'security.capability' },
    { what: 'xattr', reason: 'stripped', detail: 'trusted.t' },
    { what: 'inodeFlags', reason: 'stripped', detail: '0x80' },
    { what: 'inodeFlags', reason: 'stripped', detail: '0x10' },
    { what: 'setIds', reason: 'stripped', detail: '06000' },
  ])
  assert.equal(
    shell('cd "$1/target"; stat -c "%n %a %u %g" *; getfattr -d -m - f; getcap f', dir),
    'f 644 0 0\ni 644 0 0\ns 755 0 0\n# file: f\nuser.u="1"\n\n',
  )
})

test('an ACL that the target would pass on is not inherited (B5)', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t)
  shell('setfacl -d -m u:1234:rwx,m::rwx "$1"', dir)
  const writer = writerIn(t, dir)
  put(writer, 'f', { content: 'x', metadata: { ...plain, mode: 0o640 } })
  writer.makeDirectory(byteStringFromText('d'))
  writer.finishDirectory(byteStringFromText('d'), { ...plain, kind: 'directory', mode: 0o710 })
  assert.equal(
    shell('cd "$1"; getfacl -c -n f d; stat -c %a f d', dir),
    'user::rw-\ngroup::r--\nother::---\n\nuser::rwx\ngroup::--x\nother::---\n\n640\n710\n',
  )
})

/** The rest of a restore, small: everything below `source` put below the writer's root. */
function copyTree(source: ByteString, writer: TreeWriter, below: ByteString): Shortfall[] {
  const shortfalls: Shortfall[] = []
  const links = new Map<bigint, { path: ByteString; identity: { dev: bigint; ino: bigint } }>()
  const visit = (from: ByteString, to: ByteString) => {
    for (const entry of decodeListing(listDirectory(from).bytes)) {
      const here = `${from}/${entry.name}` as ByteString
      const there = (to === '' ? entry.name : `${to}/${entry.name}`) as ByteString
      const metadata = metadataOf(here, entry)
      if (entry.kind === 'directory') {
        assert.equal(writer.makeDirectory(there), 'made')
        visit(here, there)
        shortfalls.push(...writer.finishDirectory(there, metadata))
        continue
      }
      const first = links.get(entry.ino)
      if (first) {
        writer.place(writer.prepareLink(there, first.path, first.identity), 'new')
        continue
      }
      shortfalls.push(...copyEntry(here, there, entry, metadata))
    }
  }
  const copyEntry = (
    here: ByteString,
    there: ByteString,
    entry: ListingEntry,
    metadata: EntryMetadata,
  ): readonly Shortfall[] => {
    if (entry.kind === 'file') {
      const file = writer.createFile(there, metadata)
      copyContent(here, Number(entry.size), (bytes, at) => writer.write(file, bytes, at))
      writer.setSize(file, Number(entry.size))
      if (entry.nlink > 1) links.set(entry.ino, { path: there, identity: writer.identify(file) })
      const prepared = writer.completeFile(file, metadata)
      return [...prepared.shortfalls, ...writer.place(prepared, 'new')]
    }
    const prepared =
      entry.kind === 'symlink'
        ? writer.prepareSymlink(there, targetOf(here), metadata)
        : writer.prepareNode(there, metadata, {
            major: Number(entry.rdev >> 8n) & 0xfff,
            minor: minorOf(entry.rdev),
          })
    if (!('spot' in prepared)) return [prepared]
    return [...prepared.shortfalls, ...writer.place(prepared, 'new')]
  }
  visit(source, below)
  return shortfalls
}

function minorOf(rdev: bigint): number {
  return Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n))
}

function metadataOf(
  here: ByteString,
  { kind, mode, uid, gid, mtimeSec, mtimeNsec }: ListingEntry,
): EntryMetadata {
  assert.ok(kind)
  const entry = openEntry(here, KIND_CODE[kind])
  try {
    const withFlags = kind === 'file' || kind === 'directory'
    return {
      ...{ kind, mode, uid, gid, mtimeNsec },
      mtimeSec: Number(mtimeSec),
      xattrs: readXattrs(entry).bytes,
      inodeFlags: withFlags ? readInodeFlags(entry.fd, here) : undefined,
    }
  } finally {
    closeEntry(entry)
  }
}

function copyContent(
  here: ByteString,
  size: number,
  write: (bytes: Uint8Array, at: number) => void,
): void {
  const entry = openEntry(here, KIND_CODE.file)
  for (let at = 0; ; ) {
    const extent = nextData(entry, at, size)
    if (!extent) break
    const into = new Uint8Array(extent.to - extent.from)
    readAt(entry, { into, at: 0, length: into.length, position: extent.from })
    write(into, extent.from)
    at = extent.to
  }
  closeEntry(entry)
}

function targetOf(here: ByteString): ByteString {
  const entry = openEntry(here, KIND_CODE.symlink)
  const target = byteString(readLinkTarget(entry))
  closeEntry(entry)
  return target
}

/** Everything about a tree that tools which are not ours can tell. */
function describe(dir: string): string {
  return shell(
    `cd "$1"
    find . -mindepth 1 -printf '%p %y %m %U %G %n %s %T@ %l\\n' | LC_ALL=C sort
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    find . -mindepth 1 -type b,c -print0 | LC_ALL=C sort -z | xargs -0 -r stat -c '%n %t %T'
    find . -mindepth 1 -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex
    find . -mindepth 1 -not -type l -print0 | LC_ALL=C sort -z | xargs -0 getfacl -n -p
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 getcap
    find . -mindepth 1 -type f,d -print0 | LC_ALL=C sort -z | xargs -0 lsattr -d | tr -d e
    find . -type f -printf '%p %b\\n' | LC_ALL=C sort`,
    dir,
  )
}
