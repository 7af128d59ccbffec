import { count } from './count.ts'
import { localDay, localTime } from './logs-show.ts'
import { displayWidth, padRight, printable, truncate } from './printable.ts'
import { formatNs } from './span-duration.ts'
import type { Terminal } from './terminal.ts'
import type { Pair, TraceSpan } from './trace-answer.ts'
import { orderAsTree, type TreeRow } from './trace-tree.ts'

export interface WaterfallOptions {
  /** Events and attributes of each span below it. */
  readonly events: boolean
  /** Most spans; 0: all. */
  readonly limit: number
}

const GREY = 90
const RED = 31
const BOLD = 1
const SERVICE_COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94]

const MOST_NAME_COLUMNS = 48
const MOST_SERVICE_COLUMNS = 20
const LEAST_BAR_COLUMNS = 8
const DURATION_COLUMNS = 8
/** Shares of a column, from nothing to all of it. */
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const

/** Draws a trace: a row a span, with a bar that tells when it was. Ends with a newline. */
export function drawTrace(
  traceId: string,
  spans: readonly TraceSpan[],
  options: WaterfallOptions,
  terminal: Pick<Terminal, 'columns' | 'color'>,
): string {
  return new Waterfall(spans, options, terminal).draw(traceId)
}

class Waterfall {
  readonly #rows: readonly TreeRow[]
  readonly #options: WaterfallOptions
  readonly #color: boolean
  readonly #colours = new Map<string, number>()
  readonly #startNs: bigint
  readonly #totalNs: bigint
  readonly #nameColumns: number
  readonly #serviceColumns: number
  readonly #barColumns: number
  readonly #columns: number

  constructor(
    spans: readonly TraceSpan[],
    options: WaterfallOptions,
    { columns, color }: Pick<Terminal, 'columns' | 'color'>,
  ) {
    this.#options = options
    this.#columns = columns
    this.#rows = orderAsTree(spans)
    this.#color = color
    this.#startNs = spans.reduce(
      (least, { startNs }) => (startNs < least ? startNs : least),
      spans[0]?.startNs ?? 0n,
    )
    const endNs = spans.reduce((most, { startNs, durationNs }) => {
      const end = startNs + durationNs
      return end > most ? end : most
    }, this.#startNs)
    this.#totalNs = endNs - this.#startNs
    for (const { service } of spans) this.#colourOf(service)
    const shown = this.#shown()
    const widest = (most: number, textOf: (row: TreeRow) => string): number =>
      Math.min(
        most,
        shown.reduce((width, row) => Math.max(width, displayWidth(textOf(row))), 0),
      )
    this.#serviceColumns = widest(MOST_SERVICE_COLUMNS, ({ span }) => printable(span.service))
    // Names may take half of what is left: the bars are what one looks at.
    const room = columns - this.#serviceColumns - DURATION_COLUMNS - 3
    const mostName = Math.max(8, Math.min(MOST_NAME_COLUMNS, Math.floor(room / 2)))
    this.#nameColumns = widest(mostName, nameOf)
    this.#barColumns = Math.max(LEAST_BAR_COLUMNS, room - this.#nameColumns)
  }

  draw(traceId: string): string {
    const shown = this.#shown()
    const lines = [this.#heading(traceId), '', this.#scale()]
    for (const row of shown) lines.push(...this.#row(row))
    const left = this.#rows.length - shown.length
    if (left > 0) lines.push(`(${left} more spans; --limit 0 shows all)`)
    return `${lines.join('\n')}\n`
  }

  #shown(): readonly TreeRow[] {
    const { limit } = this.#options
    return limit === 0 ? this.#rows : this.#rows.slice(0, limit)
  }

  #heading(traceId: string): string {
    const spans = this.#rows.map(({ span }) => span)
    const errors = spans.filter(({ isError }) => isError).length
    const date = new Date(Number(this.#startNs / 1_000_000n))
    const parts = [
      formatNs(this.#totalNs),
      count(spans.length, 'span'),
      count(this.#colours.size, 'service'),
      ...(errors > 0 ? [this.#paint(RED, count(errors, 'error'))] : []),
      `${localDay(date)} ${localTime(date)}`,
    ]
    return `${this.#paint(BOLD, `trace ${printable(traceId)}`)}  ${parts.join(' · ')}`
  }

  /** What the beginning, the middle and the end of the bars mean. */
  #scale(): string {
    const before = ' '.repeat(this.#nameColumns + this.#serviceColumns + 2)
    const end = formatNs(this.#totalNs)
    const middle = formatNs(this.#totalNs / 2n)
    const half = Math.floor(this.#barColumns / 2)
    const isWide = half > middle.length + 4
    const first = isWide ? padRight('0', half) + middle : '0'
    const gap = Math.max(1, this.#barColumns - displayWidth(first) - displayWidth(end))
    return this.#paint(GREY, `${before}${first}${' '.repeat(gap)}${end}`)
  }

  #row(row: TreeRow): string[] {
    const { span } = row
    const colour = this.#colourOf(span.service)
    const name = padRight(truncate(nameOf(row), this.#nameColumns), this.#nameColumns)
    const service = padRight(
      truncate(printable(span.service), this.#serviceColumns),
      this.#serviceColumns,
    )
    const mark = span.isError ? '!' : ' '
    const first = [
      span.isError ? this.#paint(RED, name) : name,
      this.#paint(colour, service),
      this.#bar(span, span.isError ? RED : colour),
    ].join(' ')
    const duration = formatNs(span.durationNs).padStart(DURATION_COLUMNS - 1)
    const line = `${first}${span.isError ? this.#paint(RED, mark) : mark}${duration}`
    return [line.trimEnd(), ...this.#below(row)]
  }

  #bar({ startNs, durationNs }: TraceSpan, colour: number): string {
    const eighths = this.#barColumns * 8
    const toEighths = (ns: bigint): number =>
      this.#totalNs === 0n ? 0 : (Number(ns) / Number(this.#totalNs)) * eighths
    // Blocks are drawn from the left edge of a column, so a bar begins with a whole one.
    const begin = Math.min(this.#barColumns - 1, Math.floor(toEighths(startNs - this.#startNs) / 8))
    const end = toEighths(startNs - this.#startNs + durationNs)
    const size = Math.max(1, Math.min(eighths, Math.round(end)) - begin * 8)
    const text = '█'.repeat(Math.floor(size / 8)) + (BLOCKS[size % 8] ?? '')
    const behind = ' '.repeat(Math.max(0, this.#barColumns - begin - text.length))
    return ' '.repeat(begin) + this.#paint(colour, text) + behind
  }

  /** What a span says besides its name. */
  #below({ span, branches }: TreeRow): string[] {
    const indent = `${branches.replaceAll('├', '│').replaceAll('└', ' ')}  `
    const out: string[] = []
    const room = Math.max(20, this.#columns - displayWidth(indent))
    const add = (text: string, colour: number): void => {
      for (const line of wrap(text, room)) out.push(this.#paint(colour, indent + line))
    }
    if (span.message !== '') add(`! ${printable(span.message)}`, RED)
    if (!this.#options.events) return out
    if (span.attributes.length > 0) add(pairsText(span.attributes), GREY)
    for (const { name, timeNs, attributes } of span.events) {
      const atNs = timeNs - this.#startNs
      const sign = atNs < 0n ? '-' : '+'
      const after = formatNs(atNs < 0n ? -atNs : atNs)
      add(`* ${sign}${after} ${printable(name)}  ${pairsText(attributes)}`.trimEnd(), GREY)
    }
    return out
  }

  #colourOf(service: string): number {
    const known = this.#colours.get(service)
    if (known !== undefined) return known
    const colour = SERVICE_COLOURS[this.#colours.size % SERVICE_COLOURS.length] ?? GREY
    this.#colours.set(service, colour)
    return colour
  }

  #paint(code: number, text: string): string {
    return this.#color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}

function nameOf({ branches, span }: TreeRow): string {
  return branches + (printable(span.name) || '(no name)')
}

/** Breaks a text between words where it can, below its first line a little to the right. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line)
      line = ' '
    }
    let rest = line === '' ? word : `${line} ${word}`
    while (displayWidth(rest) > columns) {
      const [head, tail] = cutAt(rest, columns)
      lines.push(head)
      rest = `  ${tail}`
    }
    line = rest
  }
  return [...lines, line]
}

function cutAt(text: string, columns: number): [string, string] {
  let head = ''
  let used = 0
  for (const character of text) {
    used += displayWidth(character)
    if (used > columns) break
    head += character
  }
  return [head, text.slice(head.length)]
}

function pairsText(pairs: readonly Pair[]): string {
  return pairs.map(([key, value]) => `${printable(key)}=${printable(value)}`).join(' ')
}
