// Hosts on a bridge of their own: a network namespace each, with a cable that can be cut. Their names carry the
// number of this process, so that nothing of anybody else is touched, and they go when the network goes.

import { execFileSync, spawnSync } from 'node:child_process'
import type { Host } from './world.ts'

const number = process.pid % 62_500
// Of 10.128.0.0/9, which few networks use, a small one for each process.
const prefix = `10.${128 + Math.floor(number / 500)}.${Math.floor((number % 500) / 2)}`
const firstOf = (number % 2) * 128
const bridge = `hfb${process.pid}`

export const needsNetwork =
  process.getuid?.() === 0 && spawnSync('ip', ['netns', 'list']).status === 0
    ? false
    : 'needs root, and ip of iproute2: network namespaces as hosts'

export class Network implements Disposable {
  /** Of this process, at the bridge. */
  readonly address = `${prefix}.${firstOf + 1}`
  readonly #hosts: Host[] = []

  constructor() {
    ip('link', 'add', bridge, 'type', 'bridge')
    try {
      ip('address', 'add', `${this.address}/25`, 'dev', bridge)
      ip('link', 'set', bridge, 'up')
    } catch (problem) {
      this[Symbol.dispose]()
      throw problem
    }
  }

  addHost(name: string): Host {
    const place = this.#hosts.length + 2
    const namespace = `holdfast-${process.pid}-${name}`
    const host = {
      namespace,
      address: `${prefix}.${firstOf + place}`,
      cable: `hf${place}v${process.pid}`,
    }
    ip('netns', 'add', namespace)
    this.#hosts.push(host)
    ip('link', 'add', host.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ip('link', 'set', host.cable, 'master', bridge, 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    ip('-n', namespace, 'address', 'add', `${host.address}/25`, 'dev', 'eth0')
    ip('-n', namespace, 'link', 'set', 'eth0', 'up')
    return host
  }

  cut({ cable }: Host): void {
    ip('link', 'set', cable, 'down')
  }

  mend({ cable }: Host): void {
    ip('link', 'set', cable, 'up')
  }

  /** Bytes that left the host so far. */
  sentBytes({ namespace }: Host): number {
    const [link] = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', 'eth0'))
    return link.stats64.tx.bytes
  }

  remove(host: Host): void {
    spawnSync('ip', ['netns', 'delete', host.namespace])
    spawnSync('ip', ['link', 'delete', host.cable], { stdio: 'ignore' })
  }

  [Symbol.dispose](): void {
    for (const host of this.#hosts) this.remove(host)
    spawnSync('ip', ['link', 'delete', bridge])
  }
}

function ip(...words: readonly string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}
