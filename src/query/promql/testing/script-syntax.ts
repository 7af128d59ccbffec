import { parseDurationMs } from '../../../model/duration.ts'
import { unquote } from '../../../model/string-literal.ts'
import { parseGoFloat } from '../go-format.ts'
import { parseSeriesLine, type SeriesLine } from './series-notation.ts'

/** A condition on one kind of message. Without `text` and `pattern`, any message will do. */
export interface ExpectedMessage {
  readonly kind: 'warn' | 'info' | 'no_warn' | 'no_info'
  readonly text?: string
  readonly pattern?: string
}

export interface LoadCommand {
  readonly kind: 'load'
  readonly line: number
  readonly stepMs: number
  /** The classic histograms are to be loaded as native ones too. */
  readonly withNativeBuckets: boolean
  readonly series: readonly SeriesLine[]
  /** Series that carry start timestamps. */
  readonly started: readonly string[]
}

export interface EvalCommand {
  readonly kind: 'eval'
  readonly line: number
  readonly query: string
  readonly isRange: boolean
  startMs: number
  endMs: number
  stepMs: number
  /** The result is a range vector of an instant query. */
  isMatrix: boolean
  isOrdered: boolean
  fails: boolean
  failText?: string
  failPattern?: string
  readonly messages: ExpectedMessage[]
  readonly expected: SeriesLine[]
  scalar?: number
  text?: string
}

export type Command = LoadCommand | EvalCommand | { readonly kind: 'clear'; readonly line: number }

const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/
const EXPECT_RANGE = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/

/** Reads a script in the notation of Prometheus's promqltest: `load`, `eval instant`, `eval range`, `expect`, `clear`. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()))
  const reader = new LineReader(lines)
  const commands: Command[] = []
  for (let line = reader.nextCommand(); line !== undefined; line = reader.nextCommand()) {
    if (line === 'clear') commands.push({ kind: 'clear', line: reader.number })
    else if (line.startsWith('load')) commands.push(parseLoad(line, reader))
    else if (line.startsWith('eval')) commands.push(parseEval(line, reader))
    else throw new Error(`line ${reader.number}: not a command: ${line}`)
  }
  return commands
}

class LineReader {
  readonly #lines: readonly string[]
  #at = -1

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  /** Counted from 1. */
  get number(): number {
    return this.#at + 1
  }

  nextCommand(): string | undefined {
    do this.#at++
    while (this.#at < this.#lines.length && this.#lines[this.#at] === '')
    return this.#lines[this.#at]
  }

  /** The next line of the same command; an empty line ends it. */
  nextLine(): string | undefined {
    const next = this.#lines[this.#at + 1]
    if (next === undefined || next === '') return undefined
    this.#at++
    return next
  }
}

function readDuration(text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs === undefined) throw new Error(`not a duration: ${text}`)
  return durationMs
}

function parseLoad(line: string, reader: LineReader): LoadCommand {
  const found = /^load(_with_nhcb)?\s+(.+)$/.exec(line)
  if (found === null) throw new Error(`line ${reader.number}: not a load: ${line}`)
  const number = reader.number
  const series: SeriesLine[] = []
  const started: string[] = []
  for (let next = reader.nextLine(); next !== undefined; next = reader.nextLine()) {
    const start = /^([^\s{]+)(?:\{.*\})?@st\s/.exec(next)
    if (start === null) series.push(parseSeriesLine(next))
    else started.push(start[1] as string)
  }
  const stepMs = readDuration(found[2] as string)
  return {
    kind: 'load',
    line: number,
    stepMs,
    withNativeBuckets: found[1] !== undefined,
    series,
    started,
  }
}

function parseEval(line: string, reader: LineReader): EvalCommand {
  const instant = INSTANT.exec(line)
  const range = instant === null ? RANGE.exec(line) : null
  if (instant === null && range === null)
    throw new Error(`line ${reader.number}: not an eval: ${line}`)
  const modifier = instant?.[1] ?? range?.[1]
  const atMs = instant === null ? 0 : readDuration(instant[2] ?? '0')
  const command: EvalCommand = {
    kind: 'eval',
    line: reader.number,
    query: instant?.[3] ?? range?.[5] ?? '',
    isRange: range !== null,
    startMs: range === null ? atMs : readDuration(range[2] as string),
    endMs: range === null ? atMs : readDuration(range[3] as string),
    stepMs: range === null ? 0 : readDuration(range[4] as string),
    isMatrix: false,
    isOrdered: modifier === 'ordered',
    fails: modifier === 'fail',
    messages: modifier === 'warn' || modifier === 'info' ? [{ kind: modifier }] : [],
    expected: [],
  }
  for (let next = reader.nextLine(); next !== undefined; next = reader.nextLine()) {
    if (!readExpectation(command, next)) break
  }
  return command
}

/** Takes one line after an eval; false when it is the last. */
function readExpectation(command: EvalCommand, line: string): boolean {
  const oldFailure = /^expected_fail_(message|regexp)\s*(.*)$/.exec(line)
  if (command.fails && oldFailure !== null) {
    if (oldFailure[1] === 'message') command.failText = oldFailure[2] as string
    else command.failPattern = oldFailure[2] as string
    return false
  }
  if (line === 'expect' || line.startsWith('expect ')) {
    readExpect(command, line)
    return true
  }
  const scalar = parseGoFloat(line)
  if (scalar !== undefined) {
    command.scalar = scalar
    return false
  }
  command.expected.push(parseSeriesLine(line))
  return true
}

function readExpect(command: EvalCommand, line: string): void {
  const range = EXPECT_RANGE.exec(line)
  if (range !== null) {
    command.isMatrix = true
    command.startMs = readDuration(range[1] as string)
    command.endMs = readDuration(range[2] as string)
    command.stepMs = readDuration(range[3] as string)
    return
  }
  if (line.startsWith('expect string ')) {
    command.text = unquote(line.slice('expect string '.length).trim())
    return
  }
  const found = EXPECT.exec(line)
  if (found === null) throw new Error(`line ${command.line}: not an expectation: ${line}`)
  const [, kind, form, raw] = found
  const content = raw?.trim() ?? ''
  if (kind === 'ordered') command.isOrdered = true
  else if (kind === 'fail') {
    command.fails = true
    if (form === 'msg') command.failText = content
    else if (form === 'regex') command.failPattern = content
  } else {
    const condition =
      form === 'msg' ? { text: content } : form === 'regex' ? { pattern: content } : {}
    const about = kind === 'warn' || kind === 'info' ? kind : kind === 'no_warn' ? kind : 'no_info'
    command.messages.push({ kind: about, ...condition })
  }
}
