import { createReadStream } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InvalidArgumentError, type Command } from 'commander'
import { compileStages } from '../collect/tail/stages/compile.ts'
import { LogEntry, type StagePipeline } from '../collect/tail/stages/entry.ts'
import { Labels } from '../model/labels.ts'
import { messageOf, Problem } from '../model/problem.ts'
import { createLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { RefusedError } from './api-client.ts'
import { createLogsClient } from './logs-client.ts'
import { readReplayJob, type ReplayJob } from './logs-replay-job.ts'
import { LogsPusher } from './logs-replay-push.ts'
import { ReplayView } from './logs-replay-show.ts'
import { StageTrace } from './logs-replay-trace.ts'
import { logsUrlOption } from './logs-url.ts'
import { readLines } from './read-lines.ts'
import { ownTerminal, type Terminal } from './terminal.ts'

interface ReplayOptions {
  readonly config: string
  readonly job?: string
  readonly dryRun: boolean
  /** Lines shown stage by stage; undefined: 20 of a dry run, none of another. */
  readonly show?: number
  readonly label?: Readonly<Record<string, string>>
  readonly url: string
}

const SHOWN_OF_DRY_RUN = 20

/** `vedette logs replay`. */
export function addLogsReplay(logs: Command): void {
  logs
    .command('replay <file>')
    .summary('what the pipeline of a promtail file does to the lines of a log file')
    .description(
      'Runs the lines of FILE (- for the standard input, .gz is read too) through the pipeline_stages of a promtail file.\n' +
        'With --dry-run it shows stage by stage what changes, and stores nothing; without it the result is pushed to a server.',
    )
    .requiredOption('--config <path>', 'the promtail file')
    .option(
      '--job <name>',
      'which of its scrape_configs (default: the only one, or whose __path__ fits)',
    )
    .option('--dry-run', 'store nothing, show what each stage does', false)
    .option(
      '--show <lines>',
      'how many lines to show stage by stage (default: 20 of a dry run)',
      readCount,
    )
    .option(
      '--label <name=value>',
      'a label that the lines come with; may stand several times',
      readLabel,
    )
    .addOption(logsUrlOption())
    .action(async (file: string, options: ReplayOptions, command: Command) => {
      // `logs` has the same option, and takes it wherever it stands.
      const { url } = command.optsWithGlobals<Pick<ReplayOptions, 'url'>>()
      await runReplay(file, { ...options, url }, ownTerminal())
    })
}

/** Throws a `Problem` for a file that cannot be read, and `ApiError` when the server refuses. */
async function runReplay(file: string, options: ReplayOptions, terminal: Terminal): Promise<void> {
  const job = readReplayJob(options.config, { job: options.job, file }, (text) =>
    terminal.remark(`${text}\n`),
  )
  remarkOn(job, terminal)
  const client = options.dryRun ? undefined : createLogsClient(options.url)
  const pusher = client && new LogsPusher(client)
  const replay = new Replay(job, file, options, terminal)
  try {
    for await (const line of readLines(openFile(file))) {
      replay.push(line)
      await pusher?.add(replay.take())
    }
    replay.end()
    await pusher?.add(replay.take())
    await pusher?.finish()
  } catch (thrown) {
    throw fileFault(file, thrown)
  } finally {
    await client?.close()
  }
  replay.summarize()
  if (client === undefined || pusher === undefined) return
  if (pusher.refusal !== undefined) {
    throw new RefusedError(`${client.url} did not take all lines: ${pusher.refusal}`)
  }
  terminal.remark(`stored at ${client.url}\n`)
}

function remarkOn(job: ReplayJob, { remark }: Terminal): void {
  if (job.stages.length === 0) remark(`the job ${job.name} has no pipeline_stages\n`)
  if (job.relabels) {
    remark(
      'relabel_configs are not run here: the lines have the labels of static_configs; --label adds others\n',
    )
  }
}

/** The lines of one file on their way through the stages of a job, and what is told of them. */
class Replay {
  readonly #terminal: Terminal
  readonly #view: ReplayView
  readonly #trace: StageTrace
  readonly #registry = createRegistry()
  readonly #pipeline: StagePipeline
  readonly #labels: Labels
  readonly #begunNs: bigint
  readonly #shownLines: number
  #linesIn = 0
  #linesOut = 0
  #stored: LogEntry[] = []

  constructor(job: ReplayJob, file: string, options: ReplayOptions, terminal: Terminal) {
    this.#terminal = terminal
    this.#view = new ReplayView(terminal)
    this.#trace = new StageTrace(job.stages)
    this.#begunNs = BigInt(terminal.nowMs()) * 1_000_000n
    this.#shownLines = options.show ?? (options.dryRun ? SHOWN_OF_DRY_RUN : 0)
    this.#labels = Labels.from({
      ...job.labels,
      filename: file === '-' ? '-' : path.resolve(file),
      ...options.label,
    })
    const observed = { log: createLog(), registry: this.#registry, observer: this.#trace }
    this.#pipeline = compileStages(job.stages, observed).open((entry) => {
      this.#linesOut++
      this.#stored.push(entry)
    })
  }

  push(line: string): void {
    const at = this.#linesIn++
    // A nanosecond apart, so that lines without a time of their own stay in order and apart.
    const timestampNs = this.#begunNs + BigInt(at)
    this.#pipeline.push(new LogEntry(line, timestampNs, this.#labels, at, at + 1))
    this.#show(line)
  }

  end(): void {
    this.#pipeline.flush(this.#terminal.nowMs(), true)
    this.#show(undefined)
  }

  #show(line: string | undefined): void {
    const changes = this.#trace.take()
    if (this.#linesIn > this.#shownLines) return
    if (line === undefined && changes.length === 0) return
    this.#terminal.write(this.#view.showLine(this.#linesIn, line, changes, this.#stored))
  }

  /** What came out since this was asked last. */
  take(): readonly LogEntry[] {
    const taken = this.#stored
    this.#stored = []
    return taken
  }

  summarize(): void {
    const families = this.#registry
      .families()
      .filter(({ name }) => !name.startsWith('logentry_dropped_lines'))
    const counts = { linesIn: this.#linesIn, linesOut: this.#linesOut }
    this.#terminal.write(this.#view.showMetrics(families))
    this.#terminal.write(this.#view.showSummary(this.#trace, counts))
  }
}

function openFile(file: string): Readable {
  if (file === '-') return process.stdin
  const bytes = createReadStream(file)
  if (!file.endsWith('.gz')) return bytes
  const unzipped = createGunzip()
  bytes.on('error', (error) => unzipped.destroy(error))
  return bytes.pipe(unzipped)
}

function fileFault(file: string, thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (!/^(?:E[A-Z]+|Z_[A-Z_]+)$/.test(code)) return thrown
  const reason = code === 'ENOENT' ? 'there is no such file' : messageOf(thrown)
  return new Problem('bad_data', `${file}: ${reason}`, { cause: thrown })
}

function readCount(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a number.')
  return Number(text)
}

function readLabel(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const found = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/s.exec(text)
  if (!found) throw new InvalidArgumentError('It must be NAME=VALUE.')
  return { ...before, [found[1] ?? '']: found[2] ?? '' }
}
