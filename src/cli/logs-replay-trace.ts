import type { LogEntry } from '../collect/tail/stages/entry.ts'
import type { StageList, StageObserver } from '../collect/tail/stages/stage.ts'
import { textOf } from '../collect/tail/stages/value-text.ts'
import type { Labels } from '../model/labels.ts'

/** What a stage did to one entry. */
export interface StageChange {
  /** `3`, or `3.1` for a stage within a stage; counted from 1. */
  readonly number: string
  readonly name: string
  readonly outcome: 'passed' | 'dropped' | 'held' | 'joined'
  /** Of what was dropped. */
  readonly reason?: string
  /** Of what was joined: the lines, counted from 1. */
  readonly lines?: readonly [first: number, last: number]
  readonly changes: readonly Change[]
}

export interface Change {
  readonly what: 'line' | 'time' | 'label' | 'metadata' | 'extracted'
  /** Of labels and values. */
  readonly name?: string
  /** Undefined where there was none. */
  readonly before?: string
  /** Undefined where there is none any more. */
  readonly after?: string
}

/** What a stage did over a whole file. */
export interface StageFigures {
  readonly number: string
  readonly name: string
  readonly line: number
  seen: number
  changed: number
  dropped: number
}

interface Snapshot {
  readonly place: string
  readonly name: string
  readonly entry: LogEntry
  readonly line: string
  readonly timestampNs: bigint
  readonly labels: Labels
  readonly metadata: Labels
  readonly extracted: ReadonlyMap<string, unknown>
}

/** Notes what each stage does. `take` gives what was noted since it was called last. */
export class StageTrace implements StageObserver {
  readonly figures = new Map<string, StageFigures>()
  readonly dropped = new Map<string, number>()
  #open: Snapshot[] = []
  #changes: StageChange[] = []

  constructor(stages: StageList) {
    stages.forEach(({ name, line }, at) => {
      const number = String(at + 1)
      this.figures.set(number, { number, name, line, seen: 0, changed: 0, dropped: 0 })
    })
  }

  enter(place: readonly number[], name: string, entry: LogEntry): void {
    const number = numberOf(place)
    this.#figures(number, name).seen++
    const { line, timestampNs, labels, metadata } = entry
    const extracted = new Map(entry.extracted.entries())
    const before = { line, timestampNs, labels, metadata, extracted }
    this.#open.push({ place: number, name, entry, ...before })
  }

  leave(place: readonly number[], name: string, entry: LogEntry): void {
    const number = numberOf(place)
    const at = this.#open.findIndex((each) => each.place === number && each.entry === entry)
    const [before] = at < 0 ? [] : this.#open.splice(at, 1)
    if (before === undefined) {
      const lines = [entry.startOffset + 1, entry.endOffset] as const
      this.#figures(number, name).changed++
      const changes: Change[] = [{ what: 'line', after: entry.line }]
      this.#changes.push({ number, name, outcome: 'joined', lines, changes })
      return
    }
    const changes = compare(before, entry)
    if (changes.some((change) => !isNothing(change))) this.#figures(number, name).changed++
    this.#changes.push({ number, name, outcome: 'passed', changes })
  }

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
    const last = this.#open.pop()
    if (last === undefined) return
    this.#figures(last.place, last.name).dropped++
    const { place: number, name } = last
    this.#changes.push({ number, name, outcome: 'dropped', reason, changes: [] })
  }

  /** What was noted; an entry that is still in a stage is held back there. */
  take(): readonly StageChange[] {
    const held = this.#open
      // A stage that holds stages back does not hold the entry itself.
      .filter(({ place }) => !this.#open.some((other) => other.place.startsWith(`${place}.`)))
      .map(({ place, name }): StageChange => {
        return { number: place, name, outcome: 'held', changes: [] }
      })
    const taken = [...this.#changes, ...held]
    this.#open = []
    this.#changes = []
    return taken
  }

  #figures(number: string, name: string): StageFigures {
    let figures = this.figures.get(number)
    if (figures === undefined) {
      figures = { number, name, line: 0, seen: 0, changed: 0, dropped: 0 }
      this.figures.set(number, figures)
    }
    return figures
  }
}

/** Whether a stage only found out that something is not there. */
export function isNothing({ what, before, after }: Change): boolean {
  return what === 'extracted' && before === undefined && after === 'null'
}

function numberOf(place: readonly number[]): string {
  return place.map((at) => at + 1).join('.')
}

function compare(before: Snapshot, after: LogEntry): Change[] {
  const changes: Change[] = []
  if (before.timestampNs !== after.timestampNs) {
    const [from, to] = [before.timestampNs, after.timestampNs].map(formatTime)
    changes.push({ what: 'time', ...(from && { before: from }), ...(to && { after: to }) })
  }
  if (before.line !== after.line) {
    changes.push({ what: 'line', before: before.line, after: after.line })
  }
  changes.push(
    ...compareMaps('label', mapOf(before.labels), mapOf(after.labels)),
    ...compareMaps('metadata', mapOf(before.metadata), mapOf(after.metadata)),
    ...compareMaps('extracted', before.extracted, new Map(after.extracted.entries())),
  )
  return changes
}

function compareMaps(
  what: Change['what'],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name): Change[] => {
    const [from, to] = [before.get(name), after.get(name)]
    if (from === to) return []
    return [
      {
        ...{ what, name },
        ...(from === undefined ? {} : { before: textOf(from) ?? 'null' }),
        ...(to === undefined ? {} : { after: textOf(to) ?? 'null' }),
      },
    ]
  })
}

function mapOf(labels: Labels): Map<string, string> {
  return new Map(Object.entries(labels.toObject()))
}

/** RFC 3339 in UTC, with as many digits of the second as there are. */
export function formatTime(timestampNs: bigint): string {
  const fraction = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = (timestampNs - fraction) / 1_000_000_000n
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '')
  const date = new Date(Number(seconds) * 1000)
  const whole = Number.isNaN(date.getTime()) ? `${seconds}s` : date.toISOString().slice(0, 19)
  return `${whole}${digits === '' ? '' : `.${digits}`}Z`
}
