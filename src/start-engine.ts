import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs'
import path from 'node:path'
import { findLockHolder } from './engine/data-dir-lock.ts'
import { defaultWatermark } from './engine/disk-watermark.ts'
import { startEngine } from './engine/supervise.ts'
import { messageOf, Problem } from './model/problem.ts'
import type { Log } from './self/log.ts'

/** `vedette engine`: the default budget of the whole program, all of it for the engine. */
const ENGINE_ALONE_BYTES = 450 * 1024 * 1024

export interface EngineAloneOptions {
  /** Absolute. */
  readonly dataFolder: string
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
  }
  readonly log: Log
}

/** The engine without the rest: `vedette engine`. */
export interface EngineAlone {
  /** Where it answers, with the port that was opened. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts the engine behind TCP and waits until it serves. Rejects with a `Problem` when its first start fails (a port that is
 * taken, files of another version): there is nobody to whom waiting for a second one would be of use.
 */
export async function startEngineAlone({
  dataFolder,
  listen,
  log,
}: EngineAloneOptions): Promise<EngineAlone> {
  makeDataFolder(dataFolder)
  const engine = await startEngine({
    dataDir: dataFolder,
    memoryBudgetBytes: ENGINE_ALONE_BYTES,
    log,
    listen,
  })
  const failed = new Promise<never>((_resolve, reject) => {
    engine.onStateChange(({ state, reason }) => {
      if (state === 'down') reject(new Problem('unavailable', describeDeath(reason, listen)))
    })
  })
  try {
    await Promise.race([engine.whenReady(), failed])
  } catch (thrown) {
    await engine.stop()
    throw thrown
  }
  return { url: engine.url, stop: () => engine.stop() }
}

function describeDeath(reason: string, { host, port }: EngineAloneOptions['listen']): string {
  if (reason.includes('EADDRINUSE')) {
    return `${host}:${port} is taken: stop what listens there, or choose another address with --listen`
  }
  return reason.replace(/; next start in .*$/, '')
}

/** Throws a `Problem` that names the folder. */
export function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder)
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw new Problem(
      'unavailable',
      `the data directory ${folder} (--data) cannot be used: ${messageOf(cause)}${adviceOn(folder, cause)}`,
      { cause },
    )
  }
}

function adviceOn(folder: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EROFS') return '; mount its disk for writing, or name another folder'
  if (code !== 'EACCES' && code !== 'EPERM') return ''
  const owner = ownerOf(folder)
  const whose =
    owner === undefined ? '' : ` It belongs to user ${owner}, this is user ${process.getuid?.()}:`
  return `.${whose} run as its owner, or change that with chown, or name another folder`
}

function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid
  } catch {
    return undefined
  }
}

/** Throws a `Problem` when not even the metadata could be opened; what comes first is paused long before (engine/disk-watermark.ts). */
export function refuseFullDisk(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= LEAST_FREE_BYTES) return
  throw new Problem(
    'unavailable',
    `the disk of the data directory ${folder} is full, ${Math.floor((bavail * bsize) / 1024)} KiB are free: make room, or name another folder with --data. Nothing was changed`,
  )
}

const LEAST_FREE_BYTES = 4 * 1024 * 1024

/** Node's own `recursive` never returns below a folder that takes none, such as /proc. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder')
    return
  }
  makeFolders(path.dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** The process of the server, or engine, that works on a data folder now; undefined when none does. */
export function findHolder(dataFolder: string): number | undefined {
  return findLockHolder(dataFolder)
}

/** What must stay free on a disk of so many bytes when nothing else is said. */
export function defaultFreeBytes(diskBytes: number): number {
  return defaultWatermark(diskBytes)
}
