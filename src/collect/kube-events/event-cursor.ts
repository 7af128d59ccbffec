import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { numberOf, objectOf } from '../discovery/json-value.ts'
import type { EventLine } from './event-line.ts'

/** How far the events of a collection were stored. */
interface EventPosition {
  /** The highest version; -1 where there is none. */
  readonly version: number
  readonly timestampMs: number
}

const BEGINNING: EventPosition = { version: -1, timestampMs: -1 }

/** How far events were stored, kept beside the data, so that a restart neither loses nor repeats them. */
export class EventCursor {
  readonly #file: string
  readonly #positions: Map<string, EventPosition>

  private constructor(file: string, positions: Map<string, EventPosition>) {
    this.#file = file
    this.#positions = positions
  }

  /** Where the file cannot be read, events begin anew: the store takes the same line twice as one. */
  static async open(file: string): Promise<EventCursor> {
    let read: unknown
    try {
      read = JSON.parse(await readFile(file, 'utf8'))
    } catch {
      return new EventCursor(file, new Map())
    }
    const positions = Object.entries(objectOf(read)).map(([collection, written]) => {
      const { version, timestampMs } = objectOf(written)
      const position = { version: numberOf(version, -1), timestampMs: numberOf(timestampMs, -1) }
      return [collection, position] as const
    })
    return new EventCursor(file, new Map(positions))
  }

  /**
   * Those of a list that were not stored before, oldest first. Versions of a cluster grow; in another one, as a restored backup
   * may be, all may be lower, and then the time tells.
   */
  fresh(collection: string, events: readonly EventLine[]): readonly EventLine[] {
    const stored = this.#positions.get(collection) ?? BEGINNING
    const highest = Math.max(-1, ...events.map(({ version }) => version))
    const isSameCount = stored.version >= 0 && highest >= stored.version
    return events
      .filter(({ version, timestampMs }) =>
        isSameCount && version >= 0 ? version > stored.version : timestampMs > stored.timestampMs,
      )
      .sort((a, b) => a.version - b.version || a.timestampMs - b.timestampMs)
  }

  /** All of them are stored. */
  async advance(collection: string, events: readonly EventLine[]): Promise<void> {
    let { timestampMs } = this.#positions.get(collection) ?? BEGINNING
    for (const event of events) timestampMs = Math.max(timestampMs, event.timestampMs)
    const version = events.at(-1)?.version ?? -1
    this.#positions.set(collection, { version, timestampMs })
    await mkdir(path.dirname(this.#file), { recursive: true })
    await writeFile(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#positions)))
    await rename(`${this.#file}.new`, this.#file)
  }
}
