import type { Labels, LogLine } from './logs-answer.ts'
import { displayWidth, padRight, printable, truncate } from './printable.ts'
import { seriesName } from './series-name.ts'
import type { Terminal } from './terminal.ts'

export type LogsOutput = 'table' | 'raw' | 'json'

export interface ShowOptions {
  readonly output: LogsOutput
  /** The labels whose values stand before each line; undefined: those in which the streams differ. */
  readonly labels?: readonly string[] | undefined
}

const GREY = 90
const RED = 31
const YELLOW = 33
/** Of the names of streams, so that they can be told apart. */
const NAME_COLOURS = [36, 35, 34, 32, 96, 95, 94, 92]
const MOST_NAME_COLUMNS = 32

/** Colours and other escapes of terminals that programs put into their logs. */
const COLOUR_ESCAPES = /\u001b\[[0-9;:]*m/g

/** What a log line may not do to a terminal, with its line breaks and tabs left as they are. */
export function safeText(text: string): string {
  return text
    .replace(COLOUR_ESCAPES, '')
    .replace(/\r?\n$/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\t').map(printable).join('\t'))
    .join('\n')
}

/** Writes lines one after the other; it remembers what it has told already. */
export class LinePrinter {
  readonly #terminal: Terminal
  readonly #options: ShowOptions
  readonly #names = new StreamNames()
  #nameColumns = 0
  #day = ''

  constructor(terminal: Terminal, options: ShowOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  /** Tells what the lines that come have in common, and prints them. */
  print(lines: readonly LogLine[]): void {
    const { output } = this.#options
    for (const { stream } of lines) this.#names.add(stream)
    for (const line of lines) {
      this.#nameColumns = Math.max(this.#nameColumns, displayWidth(this.#nameOf(line)))
    }
    let text = ''
    for (const line of lines) {
      if (output === 'raw') text += `${safeText(line.text)}\n`
      else if (output === 'json') text += `${jsonOf(line)}\n`
      else text += this.#row(line)
    }
    if (text !== '') this.#terminal.write(text)
  }

  /** What all streams so far have in common, for a heading; '' when there is only one label set or nothing. */
  get common(): string {
    const common = this.#names.common()
    return Object.keys(common).length === 0 ? '' : seriesName(common)
  }

  #paint(code: number, text: string): string {
    return this.#terminal.color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  }

  #row(line: LogLine): string {
    const date = new Date(Number(line.timestampNs / 1_000_000n))
    const day = localDay(date)
    const time = localTime(date)
    let out = ''
    let stamp = `${day} ${time}`
    if (this.#terminal.isInteractive) {
      if (day !== this.#day) out += `${this.#paint(GREY, `-- ${day} --`)}\n`
      stamp = time
    }
    this.#day = day
    const name = this.#nameOf(line)
    const level = levelOf(line)
    const shown = safeText(line.text).replaceAll('\t', '    ')
    const indent = ' '.repeat(stamp.length + (this.#nameColumns === 0 ? 1 : this.#nameColumns + 2))
    const [first = '', ...others] = shown.split('\n').map((part) => this.#byLevel(level, part))
    const label = this.#paint(colourOf(name), padRight(name, this.#nameColumns))
    out += `${this.#paint(GREY, stamp)} ${this.#nameColumns === 0 ? '' : `${label} `}${first}\n`
    for (const other of others) out += `${indent}${other}\n`
    return out
  }

  #nameOf({ stream, own }: LogLine): string {
    const { labels } = this.#options
    const name =
      labels === undefined
        ? this.#names.nameOf(stream)
        : labels.map((label) => own[label] ?? stream[label] ?? '-').join(' ')
    return truncate(printable(name), MOST_NAME_COLUMNS)
  }

  #byLevel(level: Level, text: string): string {
    if (level === 'error') return this.#paint(RED, text)
    if (level === 'warn') return this.#paint(YELLOW, text)
    return level === 'debug' ? this.#paint(GREY, text) : text
  }
}

/** Labels that say what the line says, not whose it is. */
const NOT_NAMES: ReadonlySet<string> = new Set(['level', 'detected_level', 'severity'])

/** Labels that name a stream best, the best first; others follow by name. */
const BEST_NAMES = [
  'container',
  'unit',
  'app',
  'service_name',
  'job',
  'filename',
  'host',
  'instance',
]

/** Values before a line; more leave no room for it. */
const MOST_VALUES = 2

/** Which labels tell the streams that were seen apart. */
class StreamNames {
  #first: Labels | undefined
  /** Names whose value is not the same in all streams. */
  readonly #differing = new Set<string>()
  readonly #known = new Set<string>()

  add(stream: Labels): void {
    const key = JSON.stringify(stream)
    if (this.#known.has(key)) return
    if (this.#known.size < 10_000) this.#known.add(key)
    const first = (this.#first ??= stream)
    for (const name of new Set([...Object.keys(first), ...Object.keys(stream)])) {
      if (first[name] !== stream[name]) this.#differing.add(name)
    }
  }

  common(): Labels {
    const entries = Object.entries(this.#first ?? {})
    return Object.fromEntries(entries.filter(([name]) => !this.#differing.has(name)))
  }

  /** The values of the labels in which streams differ, each once. */
  nameOf(stream: Labels): string {
    const values = [...this.#differing]
      .filter((name) => !NOT_NAMES.has(name) && stream[name] !== undefined)
      .sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
      .map((name) => shortPath(stream[name] ?? ''))
    return [...new Set(values)].slice(0, MOST_VALUES).join(' ')
  }
}

function rankOf(name: string): number {
  const rank = BEST_NAMES.indexOf(name)
  return rank < 0 ? BEST_NAMES.length : rank
}

/** Of the path of a file the end says enough. */
function shortPath(value: string): string {
  return value.startsWith('/') ? (value.split('/').pop() ?? value) : value
}

function colourOf(name: string): number {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) >>> 0
  return NAME_COLOURS[hash % NAME_COLOURS.length] ?? GREY
}

type Level = 'error' | 'warn' | 'debug' | ''

const LEVELS: readonly (readonly [Level, RegExp])[] = [
  ['error', /^(?:err(?:or)?|fatal|crit(?:ical)?|alert|emerg(?:ency)?|panic|[0-3])$/i],
  ['warn', /^(?:warn(?:ing)?|4)$/i],
  ['debug', /^(?:debug|trace|7)$/i],
]

/** In a line: `level=error`, `"level":"error"`. */
const LEVEL_KEY = /\b(?:level|lvl|severity)"?\s*[=:]\s*"?([a-z]+)/i

/** Near the beginning of a line: `[error]`, `<warn>`, `ERROR`. */
const LEVEL_MARK =
  /^.{0,60}?(?:[[(<|]\s*(err(?:or)?|fatal|crit|emerg|panic|warn(?:ing)?|debug|trace|info)\s*[\])>|:]|\b(ERROR|FATAL|CRITICAL|PANIC|WARN(?:ING)?|DEBUG|TRACE|INFO)\b)/

function levelIn(text: string): string {
  const head = text.slice(0, 300)
  const key = LEVEL_KEY.exec(head)?.[1]
  if (key !== undefined) return key
  const mark = LEVEL_MARK.exec(head)
  return mark?.[1] ?? mark?.[2] ?? ''
}

/** How bad a line says it is. */
function levelOf({ stream, own, text }: LogLine): Level {
  const said =
    own['level'] ??
    own['detected_level'] ??
    stream['level'] ??
    stream['detected_level'] ??
    own['severity'] ??
    stream['severity'] ??
    levelIn(text)
  return LEVELS.find(([, pattern]) => pattern.test(said))?.[0] ?? ''
}

/** One JSON object without characters that a terminal would act on. */
function jsonOf({ timestampNs, text, stream, own }: LogLine): string {
  const json = JSON.stringify({
    timestamp: isoOf(timestampNs),
    timestampNs: String(timestampNs),
    labels: stream,
    ...(Object.keys(own).length === 0 ? {} : { metadata: own }),
    line: text,
  })
  return printable(json)
}

function isoOf(timestampNs: bigint): string {
  const seconds = timestampNs / 1_000_000_000n
  const fraction = String(timestampNs % 1_000_000_000n).padStart(9, '0')
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** A day in this machine's zone. */
export function localDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** A time of the day in this machine's zone. */
export function localTime(date: Date): string {
  const millis = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`
}
