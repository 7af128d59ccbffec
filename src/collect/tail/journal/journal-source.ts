import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import type { JournalConfig } from '../config/journal-section.ts'
import type { CursorLines } from '../cursor-lines.ts'
import type { Outbox } from '../outbox.ts'
import { pause } from '../pause.ts'
import type { Positions } from '../positions/positions.ts'
import type { TailMetrics } from '../tail-metrics.ts'
import { readJournalEntry, type JournalEntry } from './journal-entry.ts'
import type { JournalLabels } from './journal-labels.ts'

const LEAST_WAIT_MS = 1000
const MOST_WAIT_MS = 60_000
/** journalctl that ran for so long did well. */
const WELL_MS = 60_000
const FLUSH_MS = 1000
/** An entry has all its fields in one line: a longer one is passed over. */
const MAX_LINE_BYTES = 16 * 1024 * 1024
const NEWLINE = 0x0a

export interface JournalSourceOptions {
  readonly job: string
  readonly config: JournalConfig
  readonly key: string
  readonly lines: CursorLines
  readonly labels: JournalLabels
  readonly positions: Positions
  readonly outbox: Outbox
  readonly metrics: TailMetrics
  readonly log: Log
  /** Whether it is worth a warning when this host has no journal. */
  readonly isAskedFor: boolean
}

/** Follows the systemd journal through journalctl, which is started again, later and later, when it ends. */
export class JournalSource {
  readonly #options: JournalSourceOptions
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #said = new Set<string>()
  readonly #running: Promise<void>
  #child: ChildProcess | undefined

  constructor(options: JournalSourceOptions) {
    this.#options = options
    this.#log = options.log.child({ job: options.job })
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#child?.kill('SIGTERM')
    await this.#running
  }

  async #run(): Promise<void> {
    const { lines, metrics } = this.#options
    const { signal } = this.#abort
    const flushing = setInterval(() => lines.flush(Date.now(), false), FLUSH_MS)
    metrics.targetsActive.inc()
    let waitMs = LEAST_WAIT_MS
    while (!signal.aborted) {
      const begunMs = performance.now()
      const isThere = await this.#follow()
      if (!isThere || signal.aborted) break
      if (performance.now() - begunMs > WELL_MS) waitMs = LEAST_WAIT_MS
      await pause(waitMs, signal)
      waitMs = Math.min(MOST_WAIT_MS, waitMs * 2)
    }
    clearInterval(flushing)
    metrics.targetsActive.dec()
  }

  /** One run of journalctl; resolves to false when there is no journalctl. */
  async #follow(): Promise<boolean> {
    const { key, config, positions } = this.#options
    const child = spawn('journalctl', journalArguments(config, positions.cursor(key), Date.now()), {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const ended = new Promise<Error | undefined>((resolve) => {
      child.once('error', resolve)
      child.once('close', () => resolve(undefined))
    })
    const hints = this.#readHints(child.stderr)
    try {
      await this.#read(child.stdout)
    } catch (thrown) {
      if (!this.#abort.signal.aborted) this.#say('the journal cannot be read', messageOf(thrown))
    }
    child.kill('SIGTERM')
    const fault = await ended
    await hints
    this.#child = undefined
    if (fault === undefined) return true
    const isAbsent = 'code' in fault && fault.code === 'ENOENT'
    const what = isAbsent ? 'there is no journalctl: the journal is not read' : 'journalctl'
    if (isAbsent && !this.#options.isAskedFor) this.#log.info(what)
    else this.#say(what, fault.message)
    return !isAbsent
  }

  async #read(output: Readable): Promise<void> {
    const { lines, outbox } = this.#options
    let parts: Buffer[] = []
    let size = 0
    for await (const chunk of output) {
      const bytes: unknown = chunk
      if (!Buffer.isBuffer(bytes)) continue
      let start = 0
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        parts.push(bytes.subarray(start, end))
        if (size <= MAX_LINE_BYTES) this.#take(Buffer.concat(parts).toString('utf8'))
        parts = []
        size = 0
        start = end + 1
      }
      size += bytes.length - start
      if (size <= MAX_LINE_BYTES) parts.push(bytes.subarray(start))
      else parts = []
      await outbox.room()
      const pausedMs = (lines.pausedUntilMs ?? 0) - Date.now()
      if (pausedMs > 0) await pause(pausedMs, this.#abort.signal)
      if (this.#abort.signal.aborted) return
    }
  }

  #take(text: string): void {
    const { lines, metrics, config, labels } = this.#options
    if (this.#abort.signal.aborted) return
    const entry = readJournalEntry(text)
    if (entry === undefined) {
      metrics.journalFaults.with('unreadable').inc()
      return
    }
    metrics.journalLines.inc()
    const ageMs = Date.now() - Number(entry.timestampNs / 1_000_000n)
    if (ageMs > config.maxAgeMs) return
    const { cursor, timestampNs } = entry
    const stream = labels(entry)
    const line = config.asJson ? asJson(entry) : entry.fields.get('MESSAGE')
    if (stream === undefined || line === undefined) lines.skip(cursor)
    else lines.add({ cursor, timestampNs, line, labels: stream })
  }

  /** What journalctl says of itself, such as that it may not read the journal: each once. */
  async #readHints(errors: Readable): Promise<void> {
    let text = ''
    errors.setEncoding('utf8')
    for await (const chunk of errors) {
      if (text.length < 2000) text += String(chunk)
    }
    const reason = text.trim()
    if (reason !== '' && !this.#abort.signal.aborted) this.#say('journalctl says', reason)
  }

  #say(message: string, reason: string): void {
    const key = `${message}: ${reason}`
    if (this.#said.has(key) || this.#said.size > 20) return
    this.#said.add(key)
    this.#log.warn(message, { reason: reason.slice(0, 500) })
  }
}

/** Fields by name, as promtail writes them. */
function asJson({ fields }: JournalEntry): string {
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(sorted))
}

/** Where it begins: behind the cursor, or as far back as it may. */
function journalArguments(
  { folder, matches, maxAgeMs }: JournalConfig,
  cursor: string | undefined,
  nowMs: number,
): readonly string[] {
  const since = `@${Math.floor((nowMs - maxAgeMs) / 1000)}`
  return [
    ...['--output=json', '--all', '--follow', '--no-tail', '--quiet'],
    ...(folder === undefined ? [] : [`--directory=${folder}`]),
    cursor === undefined ? `--since=${since}` : `--after-cursor=${cursor}`,
    ...matches,
  ]
}
