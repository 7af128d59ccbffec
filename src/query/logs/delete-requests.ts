import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogExpr } from '../../lang/logql/ast.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import { canDecide } from '../../store/delete-lines.ts'
import type { LinePattern, Needle } from '../../store/lines-source.ts'
import type { LinesToDelete } from '../../store/lines-to-delete.ts'
import {
  deleteLineDeletion,
  deleteLineDeletionsBefore,
  findLineDeletion,
  finishLineDeletion,
  insertLineDeletion,
  listLineDeletions,
  type LineDeletionRequest,
} from '../../store/metadata/line-deletions.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { decideFilter } from '../logql/plan-tally.ts'
import type { HiddenLines } from './hiding-lines.ts'
import { parseQuery, planLines } from './plan-lines.ts'

const NS_PER_MS = 1_000_000n
const INTERVAL_MS = 10_000
const STOP_MS = 500
/** Requests that were carried out are listed so long. */
const KEPT_MS = 30 * 86_400_000

export interface DeleteRequestsOptions {
  readonly metadata: Metadata
  /** False while lines cannot be deleted yet. */
  readonly isReady: () => boolean
  /** Deletes lines for good; rejects with `unavailable` while that is not possible. */
  readonly deleteLines: (wanted: LinesToDelete) => Promise<number>
  /** How long a request waits, and may be cancelled, before it is carried out. */
  readonly cancelPeriodMs: () => number
  readonly onProcessed?: (lines: number) => void
  /** What waits to be deleted is other than before: nobody is to see it any more. */
  readonly onPending?: (pending: readonly HiddenLines[]) => void
  readonly log: Log
  readonly nowMs: () => number
}

/** What somebody wants deleted. Both times are part of it; milliseconds. */
export type NewDeleteRequest = Pick<
  LineDeletionRequest,
  'query' | 'startMs' | 'endMs' | 'createdBy'
>

/**
 * Requests to delete log lines: kept in the metadata, carried out one after the other once the time to cancel them is over, and
 * taken up again after a failure or a restart until they are.
 */
export class DeleteRequests {
  readonly #options: DeleteRequestsOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isAskedAgain = false
  #isEnded = false

  constructor(options: DeleteRequestsOptions) {
    this.#options = options
  }

  /** Begins to carry requests out. Before that they are only kept. */
  start(): void {
    if (this.#isEnded) return
    this.#timer = setInterval(() => void this.carryOut(), INTERVAL_MS)
    this.#timer.unref()
    void this.carryOut()
  }

  /** Waits a moment for what is under way; what is not finished then is taken up at the next start. */
  async stop(): Promise<void> {
    this.#isEnded = true
    clearInterval(this.#timer)
    if (this.#running === undefined) return
    await Promise.race([this.#running, sleep(STOP_MS, undefined, { ref: false })])
  }

  /** Keeps a request; returns its id. Throws `bad_data`, in Loki's words, when the query is none for lines. */
  async add(request: NewDeleteRequest): Promise<string> {
    parseDeletion(request.query)
    const { metadata, nowMs } = this.#options
    const id = randomBytes(4).toString('hex')
    await insertLineDeletion(metadata, { ...request, id, createdMs: nowMs() })
    await this.#tellPending()
    if (this.#timer !== undefined) void this.carryOut()
    return id
  }

  /** All of them, oldest first. */
  list(): Promise<readonly LineDeletionRequest[]> {
    return listLineDeletions(this.#options.metadata)
  }

  /** Throws `not_found`, or `bad_data` when it is too late, in Loki's words. `force` cancels after the time for it, too. */
  async cancel(id: string, force: boolean, showPeriod: (ms: number) => string): Promise<void> {
    const { metadata, cancelPeriodMs, nowMs } = this.#options
    const request = await findLineDeletion(metadata, id)
    if (request === undefined) {
      throw new Problem('not_found', 'could not find delete request with given id')
    }
    const isPastDeadline = request.createdMs + cancelPeriodMs() < nowMs()
    if (isPastDeadline && !force && request.processedMs === undefined) {
      throw new Problem(
        'bad_data',
        `Cancellation of partially completed delete request or delete request past the deadline of ${showPeriod(cancelPeriodMs())} since its creation is not allowed. To force, use the ?force query parameter`,
      )
    }
    if (!(await deleteLineDeletion(metadata, id))) {
      throw new Problem(
        'bad_data',
        'deletion of request which is in process or already processed is not allowed',
      )
    }
    await this.#tellPending()
  }

  async #tellPending(): Promise<void> {
    const { metadata, onPending } = this.#options
    if (onPending === undefined) return
    const requests = await listLineDeletions(metadata)
    const pending = requests.filter(({ processedMs }) => processedMs === undefined)
    onPending(pending.map(toHidden))
  }

  /** Carries out what is due; resolves when that is done or has failed. Never rejects. */
  carryOut(): Promise<void> {
    if (this.#running !== undefined) {
      this.#isAskedAgain = true
      return this.#running
    }
    this.#running = this.#carryOutAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #carryOutAll(): Promise<void> {
    const { metadata, log, nowMs, cancelPeriodMs, isReady } = this.#options
    try {
      await this.#tellPending()
      if (!isReady()) return
      do {
        this.#isAskedAgain = false
        await deleteLineDeletionsBefore(metadata, nowMs() - KEPT_MS)
        for (const request of await listLineDeletions(metadata)) {
          if (this.#isEnded) return
          const isDue = request.createdMs + cancelPeriodMs() <= nowMs()
          if (request.processedMs === undefined && isDue) await this.#process(request)
        }
      } while (this.#isAskedAgain)
    } catch (thrown) {
      if (this.#isEnded) return
      log.warn('log lines could not be deleted; it will be tried again', {
        reason: messageOf(thrown),
      })
    }
  }

  async #process(request: LineDeletionRequest): Promise<void> {
    const { metadata, log, nowMs, deleteLines, onProcessed } = this.#options
    const { id, query } = request
    // It may have been cancelled while others were carried out.
    if ((await findLineDeletion(metadata, id)) === undefined) return
    const lines = await deleteLines({ ...toDelete(parseDeletion(query)), ...inNs(request) })
    await finishLineDeletion(metadata, id, { processedMs: nowMs(), lines })
    await this.#tellPending()
    onProcessed?.(lines)
    log.info('log lines were deleted', { request: id, query, lines })
  }
}

function toHidden(request: LineDeletionRequest): HiddenLines {
  return { expr: parseDeletion(request.query), ...inNs(request) }
}

/** The end of a request is part of it, that of what it stands for is not. */
function inNs({
  startMs,
  endMs,
}: Pick<LineDeletionRequest, 'startMs' | 'endMs'>): Pick<HiddenLines, 'startNs' | 'endNs'> {
  return { startNs: BigInt(startMs) * NS_PER_MS, endNs: BigInt(endMs) * NS_PER_MS + 1n }
}

/** Whether a query holds more than a selector, so that not all lines of its streams are meant. */
export function hasFilter(query: string): boolean {
  return parseDeletion(query).stages.length > 0
}

function parseDeletion(query: string): LogExpr {
  const invalid = new Problem('bad_data', 'invalid query expression')
  try {
    const expr = parseQuery(query, { isToRun: true })
    if (expr.kind === 'log') return expr
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
  }
  throw invalid
}

function toDelete(expr: LogExpr): Omit<LinesToDelete, 'startNs' | 'endNs'> {
  const { matchers, needles, pipeline } = planLines(expr)
  const decided = decidedByEngine(expr)
  if (decided?.patterns.length === 0 && canDecide(decided.needles)) {
    return { matchers, needles: decided.needles, judge: undefined }
  }
  const isDecided = decided !== undefined && canDecide(decided.needles)
  return {
    matchers,
    ...(isDecided ? decided : { needles }),
    judge: (text, stream, metadata, timestampNs) =>
      pipeline.process(text, stream, metadata, timestampNs) !== undefined,
  }
}

/** The conditions that the stages are, where the engine can decide them all: then they say all that there is to say. */
function decidedByEngine({
  stages,
}: LogExpr):
  | { readonly needles: readonly Needle[]; readonly patterns: readonly LinePattern[] }
  | undefined {
  const needles: Needle[] = []
  const patterns: LinePattern[] = []
  for (const stage of stages) {
    const decided = stage.kind === 'line_filter' ? decideFilter(stage) : undefined
    if (decided === undefined) return undefined
    if ('anyOf' in decided) needles.push(decided)
    else patterns.push(...decided.patterns)
  }
  return { needles, patterns }
}
