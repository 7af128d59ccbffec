import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { loadConfig } from '../config.ts'
import { formatDurationMs } from '../model/duration.ts'
import { messageOf } from '../model/problem.ts'
import { createLog } from '../self/log.ts'
import { moveData, type MoveResult } from '../start-move.ts'
import { formatFault } from '../yaml/fault.ts'
import { Secret } from '../yaml/secret.ts'
import { loadPlace } from './load-place.ts'
import { withAccessPlace, type AccessPlace } from './open-access.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface MoveVerbOptions extends AccessPlace {
  readonly to: string
  readonly user?: string
  readonly passwordFile?: string
  readonly caFile?: string
  readonly wait: boolean
}

type Target = Parameters<typeof moveData>[0]['target']

const REDRAW_MS = 200
const TOLD_EVERY_MS = 30_000

/** `vedette move`. */
export function addMove(program: Command): void {
  withAccessPlace(program.command('move'))
    .summary('move the data to a ClickHouse while the server runs')
    .description(
      'Copies what the own engine holds to a ClickHouse, or to `vedette engine --listen` on another machine, day by day, and proves each\n' +
        'day. The server goes on meanwhile. When all but the last minutes is there it is said what to write into vedette.yml; once the\n' +
        'server has been started again with that, the rest is copied. The same command goes on where an earlier one was interrupted.\n' +
        'Nothing is removed here. Users, dashboards and silences are no part of it: they stay where they are.',
    )
    .addOption(
      new Option('--to <url>', 'such as https://clickhouse.example.org:8443').makeOptionMandatory(),
    )
    .option('--user <name>', 'the user there (default: default)')
    .option(
      '--password-file <file>',
      'a file with the password of the user (or VEDETTE_MOVE_PASSWORD)',
    )
    .option('--ca-file <file>', 'certificates (PEM) that the one of the server is signed by')
    .option('--no-wait', 'do not wait for the server: copy what is there now, and end')
    .action(async (options: MoveVerbOptions) => runMove(options, ownTerminal()))
}

async function runMove(options: MoveVerbOptions, terminal: Terminal): Promise<void> {
  const config = loadPlace(options)
  const target = readTarget(options)
  const stop = new AbortController()
  const onInterrupt = (): void =>
    stop.abort(new UsageError('interrupted: the same command goes on'))
  process.once('SIGINT', onInterrupt)
  process.once('SIGTERM', onInterrupt)
  const startedMs = terminal.nowMs()
  const progress = new ProgressLine(terminal)
  try {
    const result = await moveData({
      config,
      target,
      waits: options.wait,
      log: createLog({ level: 'error', write: terminal.remark }),
      signal: stop.signal,
      onProgress: ({ item, copiedRows, doneBytes, totalBytes }) => {
        const share = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes)
        progress.show(`${share} % · ${item} · ${count(copiedRows)} rows copied`)
      },
      onReady: () => {
        progress.clear()
        terminal.write(`${describeSwitch(target)}\nWaiting for the server to be started again…\n`)
      },
    })
    progress.clear()
    terminal.write(describeEnd(result, target, terminal.nowMs() - startedMs))
  } finally {
    progress.clear()
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onInterrupt)
  }
}

/** Read as the flag of `start` is, so that both refuse the same. */
function readTarget({ to, user, passwordFile, caFile }: MoveVerbOptions): Target {
  const loaded = loadConfig({ flags: { clickhouseUrl: to }, env: {} })
  if (!loaded.ok) {
    const fault = loaded.faults.find(({ severity }) => severity === 'error')
    throw new UsageError(
      fault === undefined ? '--to: no URL' : formatFault(fault).replace('--clickhouse.url', '--to'),
    )
  }
  const { clickhouse } = loaded.config
  if (clickhouse === undefined) throw new UsageError('--to: no URL')
  const password = readPassword(passwordFile)
  return {
    ...clickhouse,
    username: user ?? clickhouse.username,
    password: password === undefined ? clickhouse.password : new Secret(password),
    caFile,
  }
}

function readPassword(file: string | undefined): string | undefined {
  if (file === undefined) return process.env['VEDETTE_MOVE_PASSWORD']
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (thrown) {
    throw new UsageError(`--password-file: ${messageOf(thrown)}`)
  }
}

function describeSwitch({ url, username, caFile }: Target): string {
  const own = [
    `  url: ${url}`,
    ...(username === undefined ? [] : [`  username: ${username}`]),
    '  password: ${CLICKHOUSE_PASSWORD}',
    ...(caFile === undefined ? [] : [`  ca_file: ${caFile}`]),
  ]
  return `All but the last minutes is there. Now write into vedette.yml\n\nclickhouse:\n${own.join('\n')}\n\nand start the server again: from then on it keeps its data there, and the rest is copied.`
}

function describeEnd({ totals, isWhole }: MoveResult, target: Target, tookMs: number): string {
  const took = formatDurationMs(Math.max(1000, Math.round(tookMs / 1000) * 1000))
  const figures = `${count(totals.rows)} rows, of which ${count(totals.copiedRows)} were copied now, in ${took}\n`
  const left =
    totals.aggregates === 0
      ? ''
      : `${count(totals.aggregates)} aggregates of old metrics (storage.downsampling) stay here: a ClickHouse answers from raw samples only.\n`
  if (isWhole) {
    return `${left}Everything is at ${target.url}, compared day by day: ${figures}Nothing was removed here: when all is well there, the folder engine of the data directory can go.\n`
  }
  return `${describeSwitch(target)}\nThen run this command once more, for what was stored until then.\n${figures}`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** One line that is rewritten on a terminal; elsewhere a line now and then. */
class ProgressLine {
  readonly #terminal: Terminal
  #shownMs = Number.NEGATIVE_INFINITY

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  show(text: string): void {
    const nowMs = performance.now()
    const everyMs = this.#terminal.isInteractive ? REDRAW_MS : TOLD_EVERY_MS
    if (nowMs - this.#shownMs < everyMs) return
    this.#shownMs = nowMs
    this.#terminal.remark(
      this.#terminal.isInteractive
        ? `\r\u001b[2Kvedette: ${text.slice(0, this.#terminal.columns - 10)}`
        : `vedette: ${text}\n`,
    )
  }

  clear(): void {
    if (this.#terminal.isInteractive) this.#terminal.remark('\r\u001b[2K')
  }
}
