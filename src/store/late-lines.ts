import type { Labels } from '../model/labels.ts'
import type { LineAppendResult, LineSink, LogBatch } from '../model/lines.ts'
import { OPEN_GATE, type ArchiveGate } from './archive-gate.ts'
import { Problem } from '../model/problem.ts'
import type { LinesToDelete } from './lines-to-delete.ts'
import type {
  LineBounds,
  LineSelection,
  LinesSource,
  LineStats,
  LineVolume,
  StreamQuery,
  Tally,
  TallyRequest,
  VolumeRequest,
} from './lines-source.ts'
import type { LineListener, LinesStore } from './lines-store.ts'
import type { Limited } from './metrics-source.ts'

const NS_PER_MS = 1_000_000n

/** Stands for the store of log lines while it opens, as `LateStore` does for that of metrics. */
export class LateLines implements LinesSource, LineSink {
  #store: LinesStore | undefined
  #archive = OPEN_GATE
  readonly #listeners = new Set<LineListener>()

  open(store: LinesStore): void {
    this.#store = store
    store.onDurable((batch, rows) => {
      for (const listener of this.#listeners) listener(batch, rows)
    })
  }

  /** What `archive` refuses is refused from now on. */
  guard(archive: ArchiveGate): void {
    this.#archive = archive
  }

  /** As `LinesStore.onDurable`; also before the store is open. */
  onDurable(listener: LineListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get opened(): LinesStore | undefined {
    return this.#store
  }

  async append(batch: LogBatch): Promise<LineAppendResult> {
    return this.#ready().append(batch)
  }

  lines(selection: LineSelection, bounds: LineBounds): AsyncIterable<LogBatch> {
    this.#refuse(selection)
    return this.#ready().lines(selection, bounds)
  }

  async tally(request: TallyRequest, bounds: LineBounds): Promise<Tally | undefined> {
    const { firstEndNs, rangeNs, stepNs, steps } = request
    this.#refuse({ startNs: firstEndNs - rangeNs, endNs: firstEndNs + stepNs * BigInt(steps) })
    return this.#ready().tally(request, bounds)
  }

  streams(query: StreamQuery): Limited<Labels> {
    return this.#ready().streams(query)
  }

  labelNames(query: StreamQuery): Limited<string> {
    return this.#ready().labelNames(query)
  }

  labelValues(name: string, query: StreamQuery): Limited<string> {
    return this.#ready().labelValues(name, query)
  }

  async stats(
    selection: Pick<LineSelection, 'matchers' | 'startNs' | 'endNs'>,
  ): Promise<LineStats> {
    this.#refuse(selection)
    return this.#ready().stats(selection)
  }

  async volume(request: VolumeRequest): Promise<readonly LineVolume[]> {
    this.#refuse(request)
    return this.#ready().volume(request)
  }

  async deleteLines(wanted: LinesToDelete): Promise<number> {
    this.#refuse(wanted)
    return this.#ready().deleteLines(wanted)
  }

  #refuse({ startNs, endNs }: { readonly startNs: bigint; readonly endNs: bigint }): void {
    this.#archive.refuse('logs', Number(startNs / NS_PER_MS), Number(endNs / NS_PER_MS))
  }

  #ready(): LinesStore {
    if (this.#store === undefined)
      throw new Problem('unavailable', 'the store is starting: try again in a moment')
    return this.#store
  }
}
