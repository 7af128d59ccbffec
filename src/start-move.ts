import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickhouseConfig } from './clickhouse-config.ts'
import type { VedetteConfig } from './config.ts'
import { engineFolderOf } from './engine/data-dir.ts'
import { startEngine } from './engine/supervise.ts'
import { Problem } from './model/problem.ts'
import { noteMovedAway } from './moved-away.ts'
import type { Log } from './self/log.ts'
import { connectClickhouse } from './start-clickhouse.ts'
import { findHolder } from './start-engine.ts'
import { DATABASE } from './start-store.ts'
import { StoreClient } from './store/client.ts'
import { StoreMove, type MovedTotals, type MoveProgress } from './store/move/move-store.ts'
import { checkServer } from './store/shared/check-server.ts'

/** How often is looked whether the server has ended, and how often what came meanwhile is copied. */
const LOOK_MS = 200
const FOLLOW_MS = 30_000
/** A server that ends has this long to let go of the data directory after its engine is gone. */
const RELEASE_MS = 20_000
/** Of the memory budget, when an engine is started for the move. */
const ENGINE_SHARE = 0.55

export interface MoveOptions {
  readonly config: VedetteConfig
  readonly target: ClickhouseConfig
  /** False: what a running server still writes is left for another run. */
  readonly waits: boolean
  readonly log: Log
  readonly signal: AbortSignal
  readonly onProgress: (progress: MoveProgress) => void
  /** Everything but the last minutes is in the target: now the server may go over to it. */
  readonly onReady: (totals: MovedTotals) => void
}

export interface MoveResult {
  readonly totals: MovedTotals
  /** False while a server that writes into the source was left running. */
  readonly isWhole: boolean
}

/**
 * Moves the data of a data directory to a ClickHouse. While a server runs on the directory its engine is read beside it, all but
 * the last minutes; when it has ended, as it does to be started again with the ClickHouse, the rest is copied, whether the target is
 * being written into by then or not. Nothing of the source is changed or removed. Rejects with a `Problem` that says what to do.
 */
export async function moveData(options: MoveOptions): Promise<MoveResult> {
  const { config, target: address } = options
  if (!existsSync(engineFolderOf(config.dataFolder))) {
    throw new Problem(
      'not_found',
      `there is no data of an engine in ${config.dataFolder}: name the data directory with --data, or --config`,
    )
  }
  const target = connectClickhouse(address, DATABASE)
  try {
    await checkServer(target, address)
    return await moveBetween(options, target)
  } finally {
    await target.close()
  }
}

async function moveBetween(options: MoveOptions, target: StoreClient): Promise<MoveResult> {
  const { config, log } = options
  const { dataFolder } = config
  const memoryBudgetBytes = Math.round(config.memoryBudgetBytes * ENGINE_SHARE)
  let isTold = false
  for (;;) {
    if (findHolder(dataFolder) !== undefined) {
      const totals = await moveBesideServer(options, target, !isTold)
      isTold = true
      if (totals !== undefined) return { totals, isWhole: false }
    }
    const engine = await startOrWait({ dataDir: dataFolder, memoryBudgetBytes, log })
    // A server was started on the directory again.
    if (engine === undefined) continue
    const client = new StoreClient({
      url: engine.url,
      socketPath: engine.socketPath,
      database: DATABASE,
    })
    try {
      await engine.whenReady()
      const move = await StoreMove.prepare({ source: client, target }, options.target)
      const totals = await move.pass(passOf(options, true))
      noteMovedAway(dataFolder, options.target.url)
      return { totals, isWhole: true }
    } finally {
      await client.close()
      await engine.stop()
    }
  }
}

/** Undefined when the server has ended. */
async function moveBesideServer(
  options: MoveOptions,
  target: StoreClient,
  isFirst: boolean,
): Promise<MovedTotals | undefined> {
  const { dataFolder } = options.config
  const source = besideServer(dataFolder)
  try {
    const move = await StoreMove.prepare({ source, target }, options.target)
    for (let told = !isFirst; ; told = true) {
      const totals = await unlessEnded(dataFolder, () => move.pass(passOf(options, false)))
      if (totals === undefined) return undefined
      if (!options.waits) return totals
      if (!told) options.onReady(totals)
      if (await endsWithin(dataFolder, FOLLOW_MS, options.signal)) return undefined
    }
  } finally {
    await source.close()
  }
}

function passOf({ signal, onProgress }: MoveOptions, isLast: boolean) {
  return { isLast, signal, nowMs: Date.now, onProgress }
}

function besideServer(dataFolder: string): StoreClient {
  const socketPath = path.join(dataFolder, 'engine.sock')
  if (!existsSync(socketPath)) {
    throw new Problem(
      'unavailable',
      `the engine of ${dataFolder} cannot be reached: ${socketPath} is not there. The server may be starting: try again`,
    )
  }
  return new StoreClient({ url: 'http://engine', socketPath, database: DATABASE })
}

/** What fails because the server ends meanwhile is done again when it has ended: then undefined. */
async function unlessEnded<T>(dataFolder: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (thrown) {
    const hasEnded = await endsWithin(dataFolder, RELEASE_MS, undefined)
    if (hasEnded) return undefined
    throw thrown
  }
}

async function endsWithin(
  dataFolder: string,
  durationMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadlineMs = performance.now() + durationMs
  while (performance.now() < deadlineMs) {
    signal?.throwIfAborted()
    if (findHolder(dataFolder) === undefined) return true
    await sleep(LOOK_MS)
  }
  return false
}

async function startOrWait(
  options: Parameters<typeof startEngine>[0],
): Promise<Awaited<ReturnType<typeof startEngine>> | undefined> {
  try {
    return await startEngine(options)
  } catch (thrown) {
    if (findHolder(options.dataDir) !== undefined) return undefined
    throw thrown
  }
}
