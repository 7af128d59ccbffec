import { parseBytes } from '../../../lang/logql/quantity.ts'
import { compileJmespath } from '../../../lang/jmespath/compile.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { earliest } from './chain.ts'
import type { LogEntry, TakeEntry } from './entry.ts'
import { jsonStage } from './json-stage.ts'
import { MAX_JOINED_LENGTH } from './multiline-stage.ts'
import { readSettings, warnUnknown } from './settings.ts'
import type { RunningStage, StageEnv, StageSpec } from './stage.ts'
import { timestampStep } from './timestamp-stage.ts'
import { textOf } from './value-text.ts'

const DOCKER = {
  expressions: [
    ['output', compileJmespath('log')],
    ['stream', compileJmespath('stream')],
    ['timestamp', compileJmespath('time')],
  ] as const,
  source: undefined,
  dropMalformed: false,
}

/** `docker`: a line of Docker's `json-file` driver; the same as promtail's stages json, labels, timestamp and output in a row. */
export function readDocker(node: YamlNode): StageSpec['compile'] {
  const map = node.asMap()
  if (map !== undefined) warnUnknown(map, [])
  return (env) => {
    const json = jsonStage(DOCKER, env)
    const timestamp = timestampStep({ source: 'timestamp', formats: ['RFC3339Nano'] }, env)
    const step = (entry: LogEntry): boolean => {
      json.step(entry)
      const stream = textOf(entry.extracted.get('stream'))
      if (stream !== undefined) entry.labels = env.labels.with(entry.labels, 'stream', stream)
      timestamp(entry)
      const output = textOf(entry.extracted.get('output'))
      if (output !== undefined) entry.line = output
      return true
    }
    return { step }
  }
}

const DEFAULT_MAX_PARTIAL_LINES = 100

interface CriSettings {
  readonly maxPartialLines: number
  /** In bytes of UTF-8; undefined: as long as it gets. */
  readonly truncateBytes: number | undefined
}

/** `cri`: a line as container runtimes write it (`TIME stdout F text`); the parts of a line (`P`) are joined, stream by stream. */
export function readCri(node: YamlNode): StageSpec['compile'] | undefined {
  const names = ['max_partial_lines', 'max_partial_line_size', 'max_partial_line_size_truncate']
  const settings: CriSettings | undefined = node.isEmpty
    ? { maxPartialLines: DEFAULT_MAX_PARTIAL_LINES, truncateBytes: undefined }
    : readSettings(node, names, (map) => {
        const most = map.key('max_partial_lines').asInteger({ min: 0 }) ?? 0
        const size = map.key('max_partial_line_size')
        const text = size.asString()
        const sizeBytes = text === undefined ? { value: 0 } : parseBytes(text)
        if ('fault' in sizeBytes) {
          size.error(`must be a size such as 16kb, not ${JSON.stringify(text)}`)
        }
        const truncates = map.key('max_partial_line_size_truncate').asBool() ?? false
        return {
          maxPartialLines: most === 0 ? DEFAULT_MAX_PARTIAL_LINES : most,
          truncateBytes: truncates && 'value' in sizeBytes ? sizeBytes.value : undefined,
        }
      })
  return settings && ((env) => ({ open: (next) => new Cri(settings, env, next) }))
}

const STREAMS = ['stdout ', 'stderr ']

class Cri implements RunningStage {
  readonly #settings: CriSettings
  readonly #env: StageEnv
  readonly #next: TakeEntry
  readonly #setTime: (entry: LogEntry) => void
  /** The part of a line that is there already, by the labels of its stream. */
  #parts = new Map<string, LogEntry>()

  constructor(settings: CriSettings, env: StageEnv, next: TakeEntry) {
    this.#settings = settings
    this.#env = env
    this.#next = next
    this.#setTime = timestampStep({ source: 'time', formats: ['RFC3339Nano'] }, env)
  }

  push(entry: LogEntry): void {
    this.#read(entry)
    const { key } = entry.labels
    const isPart = entry.extracted.get('flags') === 'P'
    const before = this.#parts.get(key)
    if (isPart && before === undefined && this.#parts.size >= this.#settings.maxPartialLines) {
      this.#giveAll()
    }
    if (before !== undefined) {
      this.#parts.delete(key)
      entry.line = this.#truncate(before.line + entry.line)
      entry.startOffset = before.startOffset
    } else if (isPart) entry.line = this.#truncate(entry.line)
    if (isPart && entry.line.length <= MAX_JOINED_LENGTH) this.#parts.set(key, entry)
    else this.#next(entry)
  }

  /** `^(?s)(?P<time>\S+?) (?P<stream>stdout|stderr) (?P<flags>\S+?) (?P<content>.*)$`, by hand: every line goes through here. */
  #read(entry: LogEntry): void {
    const { line, extracted } = entry
    const timeEnd = line.indexOf(' ')
    const stream = STREAMS.find((name) => line.startsWith(name, timeEnd + 1))
    if (timeEnd > 0 && stream !== undefined) {
      const flagsStart = timeEnd + 1 + stream.length
      const flagsEnd = line.indexOf(' ', flagsStart)
      const time = line.slice(0, timeEnd)
      const flags = line.slice(flagsStart, flagsEnd)
      if (flagsEnd > flagsStart && !/\s/.test(time) && !/\s/.test(flags)) {
        const name = stream.slice(0, -1)
        extracted.set('time', time)
        extracted.set('stream', name)
        extracted.set('flags', flags)
        extracted.set('content', line.slice(flagsEnd + 1))
        entry.labels = this.#env.labels.with(entry.labels, 'stream', name)
        entry.line = line.slice(flagsEnd + 1)
      }
    }
    this.#setTime(entry)
  }

  #truncate(line: string): string {
    const { truncateBytes } = this.#settings
    if (truncateBytes === undefined || Buffer.byteLength(line, 'utf8') <= truncateBytes) return line
    // A character that is cut in two goes.
    return Buffer.from(line, 'utf8')
      .subarray(0, truncateBytes)
      .toString('utf8')
      .replace(/\ufffd$/, '')
  }

  #giveAll(): void {
    const parts = [...this.#parts.values()]
    this.#parts = new Map()
    for (const part of parts) this.#next(part)
  }

  flush(_nowMs: number, force: boolean): void {
    if (force) this.#giveAll()
  }

  heldFrom(): number | undefined {
    if (this.#parts.size === 0) return undefined
    return earliest(this.#parts.values(), ({ startOffset }) => startOffset)
  }
}
