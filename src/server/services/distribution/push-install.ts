/**
 * Puts the client on another machine over SSH (A2): looks first, sends the build that this server hands out, and runs the
 * very installer that people run. The activation code goes over the input of the command, where no list of processes
 * shows it. Everything may be done twice.
 */
import { assert, failure, Gate } from '#base'
import type { ClientBuild } from '#contract'
import type { ClientBuilds } from './client-builds.ts'
import { type InstallerTexts, placeSeenBy, renderInstaller, type ServerPlace } from './installer.ts'
import { judgeProbe, probeScript, type RemoteFacts } from './probe.ts'
import type {
  MachineAccess,
  RemoteCommand,
  RemoteMachine,
  RemoteMachines,
  RemoteResult,
} from './remote-machine.ts'

export type PushProgress =
  | { readonly step: 'connecting' | 'looking' | 'installing' | 'done' }
  | { readonly step: 'sending'; readonly sentBytes: number; readonly totalBytes: number }

export type PushRequest = {
  readonly access: MachineAccess
  /** Made for this push. */
  readonly code: string
  /** By what name the caller reached this server. */
  readonly host?: string | undefined
  readonly onProgress?: (progress: PushProgress) => void
}

export interface PushInstaller {
  /** Only looks. @throws push.* */
  check(access: MachineAccess, signal: AbortSignal): Promise<RemoteFacts>
  /** @throws push.*; the machine is then as it was, or has a client that is not activated */
  install(request: PushRequest, signal: AbortSignal): Promise<RemoteFacts>
}

export type PushPorts = {
  readonly place: () => ServerPlace
  readonly texts: InstallerTexts
  readonly builds: ClientBuilds
  readonly remotes: RemoteMachines
}

/** Each sends some 45 MB and holds a connection. */
export const pushesAtOnceMax = 4
const probeTimeoutMs = 60_000
const sendTimeoutMs = 15 * 60_000
const installTimeoutMs = 5 * 60_000
const cleanTimeoutMs = 20_000

export function pushInstaller(ports: PushPorts): PushInstaller {
  const gate = new Gate(pushesAtOnceMax)
  return {
    check: (access, signal) =>
      gate.run(async () => {
        await using machine = await ports.remotes.open(access, signal)
        return await look(ports.place(), { access, machine }, signal)
      }),
    install: (request, signal) => gate.run(() => install(ports, request, signal)),
  }
}

type Opened = { readonly access: MachineAccess; readonly machine: RemoteMachine }

async function install(
  ports: PushPorts,
  { access, code, host, onProgress }: PushRequest,
  signal: AbortSignal,
): Promise<RemoteFacts> {
  signal.throwIfAborted()
  onProgress?.({ step: 'connecting' })
  await using machine = await ports.remotes.open(access, signal)
  const opened = { access, machine }
  onProgress?.({ step: 'looking' })
  const place = placeSeenBy(ports.place(), host)
  const facts = await look(place, opened, signal)
  const folder = await makeFolder(opened, signal)
  try {
    await sendBuild(ports, opened, { folder, build: facts.build, onProgress, signal })
    const script = renderInstaller(ports.texts, place, await ports.builds.manifest())
    await perform(opened, signal, {
      text: `exec sh -c 'cat >"$0/install.sh"' ${folder}`,
      step: 'sending the installer',
      timeoutMs: probeTimeoutMs,
      input: encode(script),
    })
    onProgress?.({ step: 'installing' })
    const become = facts.isRoot ? '' : 'sudo -n '
    await perform(opened, signal, {
      text: `exec ${become}sh ${folder}/install.sh --build-file ${folder}/client.gz --code-file -`,
      step: 'installing',
      timeoutMs: installTimeoutMs,
      input: encode(`${code}\n`),
    })
  } finally {
    await removeFolder(opened, folder)
  }
  onProgress?.({ step: 'done' })
  return facts
}

async function look(
  place: ServerPlace,
  { access, machine }: Opened,
  signal: AbortSignal,
): Promise<RemoteFacts> {
  const { output } = await machine.run(
    {
      text: 'exec sh -s',
      step: 'looking at the machine',
      timeoutMs: probeTimeoutMs,
      input: encode(probeScript(place)),
    },
    signal,
  )
  const { user } = access
  return judgeProbe(output, { address: nameOf(access), user, server: place.address })
}

async function makeFolder(opened: Opened, signal: AbortSignal): Promise<string> {
  const { output } = await perform(opened, signal, {
    text: "exec sh -c 'umask 077 && mktemp -d /tmp/holdfast-push.XXXXXXXX'",
    step: 'making a temporary folder',
    timeoutMs: probeTimeoutMs,
  })
  const folder = output.trim()
  if (/^\/tmp\/holdfast-push\.[A-Za-z0-9]{8}$/.test(folder)) return folder
  const address = nameOf(opened.access)
  const problem = 'the login prints text of its own before commands'
  throw failure('push.failed', { address, step: 'making a temporary folder', problem })
}

type Sending = {
  readonly folder: string
  readonly build: ClientBuild
  readonly onProgress: PushRequest['onProgress']
  readonly signal: AbortSignal
}

async function sendBuild(
  { builds }: PushPorts,
  opened: Opened,
  { folder, build, onProgress, signal }: Sending,
): Promise<void> {
  const { content, length } = await builds.open(build)
  let sentBytes = 0
  const tell = (bytes: number) => {
    sentBytes += bytes
    onProgress?.({ step: 'sending', sentBytes, totalBytes: length })
  }
  await perform(opened, signal, {
    text: `exec sh -c 'cat >"$0/client.gz"' ${folder}`,
    step: 'sending the client',
    timeoutMs: sendTimeoutMs,
    input: content,
    onSent: tell,
  })
  assert(sentBytes === length, 'the whole build was sent')
}

async function perform(
  { access, machine }: Opened,
  signal: AbortSignal,
  command: RemoteCommand,
): Promise<RemoteResult> {
  const result = await machine.run(command, signal)
  if (result.exitCode === 0) return result
  const problem = lastLinesOf(result.errors) ?? `the command ended with ${result.exitCode}`
  throw failure('push.failed', { address: nameOf(access), step: command.step, problem })
}

/** A connection that broke has nothing to remove over; what is left is a program in /tmp, and no secret. */
async function removeFolder({ machine }: Opened, folder: string): Promise<void> {
  const command = {
    text: `exec rm -rf ${folder}`,
    step: 'cleaning up',
    timeoutMs: cleanTimeoutMs,
  }
  // Also after an abort: it is the last thing that is done there.
  await machine.run(command, new AbortController().signal).catch(() => undefined)
}

function nameOf({ host, port }: MachineAccess): string {
  return port === undefined ? host : `${host}:${port}`
}

/** The installer's own sentence is the last one; the reason may stand just before it. */
function lastLinesOf(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
  const last = lines.filter((line) => line !== '').slice(-2)
  const said = last.join(' ').replaceAll('Holdfast: ', '').replace(/\.$/, '')
  return said === '' ? undefined : said.slice(0, 500)
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
