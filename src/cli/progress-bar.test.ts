import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import type { Progress } from '#ports'
import type { Context } from './command.ts'
import type { Machine } from './machine.ts'
import { Output } from './output.ts'
import { ProgressBar, renderProgress } from './progress-bar.ts'
import { settingsOf } from './settings.ts'
import { textWidth } from './text-width.ts'

class Screen extends Writable {
  readonly isTTY: boolean
  readonly columns = 80
  text = ''

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: unknown, _: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

function scene(options: Readonly<Record<string, unknown>>, isTTY: boolean) {
  const [output, errors] = [new Screen(false), new Screen(isTTY)]
  const time = { upMs: 0 }
  const machine = {
    output,
    errors,
    environment: {},
    clock: { now: () => ({ ...time, wallMs: 0, bootId: '' }), sleep: async () => undefined },
  }
  // Of the machine a progress bar needs only these.
  const context = { machine: machine as unknown as Machine } as Context
  const settings = settingsOf(options, {})
  const told = new Output(context.machine, settings)
  return { context: { ...context, settings, output: told }, output, errors, time, told }
}

const progress: Progress = {
  phase: 'backup',
  filesDone: 1234,
  filesTotal: undefined,
  bytesDone: 50 * 1024 ** 2,
  bytesTotal: undefined,
  storedBytes: 0,
  path: byteStringFromText('/home/anna/a very long folder/with a long name inside of it/photo.jpg'),
}

test('without totals the line tells what is done and how fast', () => {
  const line = renderProgress(progress, { elapsedMs: 10_000, columns: 79 })
  equal(line, 'backup  1,234 files  50.0 MiB  5.0 MiB/s  …h a long name inside of it/photo.jpg')
})

test('with totals there is a bar, a share and the time left', () => {
  const whole = { ...progress, filesTotal: 2000, bytesTotal: 200 * 1024 ** 2 }
  const line = renderProgress(whole, { elapsedMs: 10_000, columns: 120 })
  match(line, /^\[===== {15}\] {2}25 % {2}1,234\/2,000 files {2}50\.0 MiB\/200 MiB/)
  match(line, /5\.0 MiB\/s {2}ETA 0:30 {2}…/)
})

test('A18: a line is never wider than the terminal, and a hostile path cannot leave it', () => {
  const path = byteStringFromText('/漢字/\x1b[2J\n/漢字漢字漢字漢字漢字漢字漢字漢字')
  for (let columns = 0; columns < 120; columns++) {
    const line = renderProgress({ ...progress, path }, { elapsedMs: 1000, columns })
    ok(textWidth(line) <= columns, `${columns}: ${line}`)
    ok(!/[\x00-\x1f]/.test(line))
  }
})

test('on a terminal the line is drawn at most ten times a second and wiped at the end', () => {
  const { context, errors, time } = scene({}, true)
  {
    using bar = new ProgressBar(context)
    for (; time.upMs < 1000; time.upMs += 10) bar.progress(progress)
  }
  const drawn = errors.text.split('\r').filter((line) => line.includes('files'))
  equal(drawn.length, 10)
  ok(errors.text.endsWith('\r\x1b[K'))
})

test('without a terminal nothing is drawn, failures are told all the same', () => {
  const { context, errors, output } = scene({}, false)
  using bar = new ProgressBar(context)
  bar.progress(progress)
  bar.failure({ path: byteStringFromText('/a\x1b'), reason: 'denied', detail: 'EACCES' })
  equal(errors.text, 'denied: /a\\x1b (EACCES)\n')
  equal(output.text, '')
})

test('with --json progress is an event, at most one a second', async () => {
  const { context, errors, output, time, told } = scene({ json: true }, true)
  using bar = new ProgressBar(context, { files: 2000, bytes: 1 })
  for (; time.upMs < 2500; time.upMs += 100) bar.progress(progress)
  await told.drain()
  const events = output.text.trimEnd().split('\n')
  deepEqual(
    events.map((line) => JSON.parse(line)).map(({ event, filesTotal }) => [event, filesTotal]),
    [0, 1, 2].map(() => ['progress', 2000]),
  )
  equal(errors.text, '')
})
