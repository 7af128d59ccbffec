import { Problem } from '../../model/problem.ts'
import { explainStoreFault, type AskedServer } from '../shared/check-server.ts'
import { copyItem, type MoveEnds } from './copy-item.ts'
import { countAggregates, listMovedItems, listMovedTables, type MovedItem } from './moved-tables.ts'
import { identifySource, nameOfItem, noteMoved, prepareTarget, readMoved } from './target.ts'

/** What is still being written is left to the last pass: its day is open, and copies of it would not be the last. */
const OPEN_MS = 15 * 60_000

export interface MoveProgress {
  readonly item: string
  readonly copiedRows: number
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface MovePass {
  /** Nobody writes into the source any more: then everything is copied. */
  readonly isLast: boolean
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly onProgress: (progress: MoveProgress) => void
}

export interface MovedTotals {
  /** Partitions of tables that were compared or copied, and rows that were copied in this pass. */
  readonly items: number
  readonly copiedRows: number
  /** Rows and bytes that the source has. */
  readonly rows: number
  readonly bytes: number
  /** Aggregates of old metrics that stay where they are. */
  readonly aggregates: number
}

/** Moves what a store holds to another one, in passes that each begin where the last one ended, whatever ended it. */
export class StoreMove {
  readonly #ends: MoveEnds
  readonly #sourceId: string

  private constructor(ends: MoveEnds, sourceId: string) {
    this.#ends = ends
    this.#sourceId = sourceId
  }

  /** Rejects with a `Problem` when the target, which is named in it, cannot take the data; it is as it was then. */
  static async prepare(ends: MoveEnds, asked: AskedServer): Promise<StoreMove> {
    const sourceId = await identifySource(ends.source)
    const items = await listMovedItems(ends.source, await listMovedTables(ends.source))
    await prepareTarget(ends.target, sourceId, sumOf(items, 'bytes')).catch((thrown: unknown) => {
      throw explainStoreFault(thrown, asked)
    })
    return new StoreMove(ends, sourceId)
  }

  /**
   * Copies, old days first, what the target does not have yet, and proves it day by day and table by table. The source may be another
   * client of the same store than before.
   */
  async pass(
    { isLast, signal, nowMs, onProgress }: MovePass,
    ends = this.#ends,
  ): Promise<MovedTotals> {
    const { source, target } = ends
    await source.seeDeletionsAtOnce()
    const items = await listMovedItems(source, await listMovedTables(source))
    const done = await readMoved(target, this.#sourceId)
    const totalBytes = sumOf(items, 'bytes')
    const beforeMs = isLast ? undefined : nowMs() - OPEN_MS
    let doneBytes = 0
    let copiedRows = 0
    let compared = 0
    for (const item of items) {
      const name = nameOfItem(item)
      const tell = (): void => onProgress({ item: name, copiedRows, doneBytes, totalBytes })
      if (done.get(name) !== item.signature) {
        tell()
        const onRows = (rows: number): void => {
          copiedRows += rows
          tell()
        }
        const isProven = await copyItem(ends, item, { beforeMs, signal, onRows })
        compared++
        if (isLast && !isProven) throw missing(name)
        // A day that may still have rows to come is looked at again.
        if (isProven && (isLast || item.dayEndMs <= nowMs() - OPEN_MS))
          await noteMoved(target, this.#sourceId, name, item.signature)
      }
      doneBytes += item.bytes
      tell()
    }
    const aggregates = await countAggregates(source)
    const rows = sumOf(items, 'rows')
    return { items: compared, copiedRows, rows, bytes: totalBytes, aggregates }
  }
}

function sumOf(items: readonly MovedItem[], key: 'rows' | 'bytes'): number {
  return items.reduce((sum, item) => sum + item[key], 0)
}

function missing(item: string): Problem {
  return new Problem(
    'internal',
    `${item}: rows are still missing in the target after they were copied, or are others there: nothing was removed here, run the command again`,
  )
}
