import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { ArchiveDisk } from './archive-disk.ts'
import { lockDataDir } from './data-dir-lock.ts'
import type { DataDirLock } from './data-dir-lock.ts'
import { computeForkArguments } from './fork-arguments.ts'
import { memoryFolderOf } from './memory-folder.ts'
import { memoryRoot, spoolFolderOf } from './data-dir.ts'
import { isChildMessage } from './protocol.ts'
import type {
  ChildMessage,
  ChildOptions,
  DiskState,
  ListenOptions,
  ParentMessage,
} from './protocol.ts'

export interface EngineOptions {
  /** The server's data directory; created with mode 0700 where it is missing. The engine's files are below `engine/`. */
  readonly dataDir: string
  /** What the engine's process may take, as RSS in bytes; its caps are derived from it (settings.ts). */
  readonly memoryBudgetBytes: number
  readonly log: Log
  /** Serve TCP as well, with user and password. */
  readonly listen?: ListenOptions
  /** Bytes that must stay free on the disk of the data directory; below, inserts are refused. Default: disk-watermark.ts. */
  readonly freeBytesWanted?: number
  /** The folder that `BACKUP … TO File('…')` and RESTORE may use. Default: `backup` in the data directory. */
  readonly backupDir?: string
  readonly archive?: ArchiveOption
}

/** The second disk of the engine, which may be away when it starts: then it serves what is on the first. */
export interface ArchiveOption {
  /** Asked before every start of the child. Undefined: it is away, or there is none. */
  place(): Promise<ArchiveDisk | undefined>
  /** The child could not start with the disk, though it was there: the next start asks again. */
  onRefused(reason: string): void
}

/**
 * `starting`: never served yet. `ready`: serves. `unresponsive`: alive, but has not answered for five seconds (it may be stopped
 * or swapped out; it is left alone). `down`: died, will be started again. `stopped`: by `stop()`, for good.
 */
export type EngineState = 'starting' | 'ready' | 'unresponsive' | 'down' | 'stopped'

export interface EngineStatus {
  readonly state: EngineState
  /** Why, in words for a log or a status page. */
  readonly reason: string
  /** Inserts are refused because the disk is nearly full. */
  readonly diskFull: boolean
}

export interface EngineHandle {
  /** For `createClient({ url })`; with `socketPath` set, the host in it means nothing. */
  readonly url: string
  /** The unix socket of the engine, for `http_agent: new http.Agent({ socketPath, keepAlive: true })`. */
  readonly socketPath: string
  /** Of the running child; undefined between two. */
  readonly pid: number | undefined
  readonly ready: boolean
  readonly status: EngineStatus
  readonly diskFull: boolean
  /** What the child last said about its disk; undefined before. */
  readonly disk: DiskState | undefined
  /** Milliseconds since the child last answered a ping; grows while it hangs. */
  readonly lastPingMs: number
  /** How often the child was started again. */
  readonly restarts: number
  /** How often a statement met the engine's memory limit, and its caches were dropped for it. */
  readonly reliefs: number
  /** Calls back on every change of state, reason or `diskFull`. Answers a function that ends this. */
  onStateChange(callback: (status: EngineStatus) => void): () => void
  /** Resolves once the engine serves. Rejects when `signal` fires and when the engine is stopped. */
  whenReady(signal?: AbortSignal): Promise<void>
  /** Ends the child and starts it again at once, as for a disk that has come back. What runs gets some seconds. */
  restart(reason: string): void
  /** Tells the child to give back clean pages of programs and libraries (self/memory/clean-pages.ts), without waiting for it. */
  giveBackCleanPages(): void
  /** Ends the engine: what runs gets some seconds. Resolves when the child is gone. Frees the data directory. */
  stop(): Promise<void>
}

/**
 * Starts the engine for a data directory and keeps it running for ever. Resolves at once with a handle whose state is `starting`.
 * Throws a Problem (`unavailable`) that names directory and process when another server uses the directory.
 */
export async function startEngine(options: EngineOptions): Promise<EngineHandle> {
  const lock = lockDataDir(options.dataDir)
  try {
    return new Supervisor(options, lock)
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

const pingEveryMs = 1000
const unresponsiveAfterMs = 5000
const firstBackOffMs = 100
const longestBackOffMs = 30_000
/** A child that served so long has recovered: its next death is a new one. */
const recoveredAfterMs = 60_000
/** After the child's own grace (child.ts). */
const killAfterMs = 3500
const tellReliefEveryMs = 60_000

class Supervisor implements EngineHandle {
  readonly socketPath: string
  readonly #options: EngineOptions
  readonly #lock: DataDirLock
  readonly #log: Log
  readonly #callbacks = new Set<(status: EngineStatus) => void>()
  #url = 'http://localhost'
  #child: ChildProcess | undefined
  #status: EngineStatus = { state: 'starting', reason: 'first start', diskFull: false }
  #disk: DiskState | undefined
  #failures = 0
  #restarts = 0
  #reliefs = 0
  #toldReliefMs = -Infinity
  #readySinceMs: number | undefined
  #lastAnswerMs = performance.now()
  #unanswered = 0
  #failure: string | undefined
  #printedError: string | undefined
  #restartTimer: NodeJS.Timeout | undefined
  readonly #pingTimer: NodeJS.Timeout
  #stopping: Promise<void> | undefined
  #hasArchive = false
  #restartReason: string | undefined

  constructor(options: EngineOptions, lock: DataDirLock) {
    this.#options = options
    this.#lock = lock
    this.#log = options.log.child({ component: 'engine' })
    this.socketPath = chooseSocketPath(realpathSync(options.dataDir))
    this.#pingTimer = setInterval(() => this.#ping(), pingEveryMs)
    this.#pingTimer.unref()
    this.#spawn()
  }

  get url(): string {
    return this.#url
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get ready(): boolean {
    return this.#status.state === 'ready'
  }

  get status(): EngineStatus {
    return this.#status
  }

  get diskFull(): boolean {
    return this.#status.diskFull
  }

  get disk(): DiskState | undefined {
    return this.#disk
  }

  get lastPingMs(): number {
    return Math.round(performance.now() - this.#lastAnswerMs)
  }

  get restarts(): number {
    return this.#restarts
  }

  get reliefs(): number {
    return this.#reliefs
  }

  onStateChange(callback: (status: EngineStatus) => void): () => void {
    this.#callbacks.add(callback)
    return () => this.#callbacks.delete(callback)
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (settleWith: () => void): void => {
        unsubscribe()
        signal?.removeEventListener('abort', onAbort)
        settleWith()
      }
      const onAbort = (): void =>
        settle(() =>
          reject(new Problem('unavailable', `the engine is not ready: ${this.#status.reason}`)),
        )
      const look = (): void => {
        if (this.#status.state === 'ready') settle(resolve)
        if (this.#status.state === 'stopped')
          settle(() => reject(new Problem('unavailable', 'the engine was stopped')))
      }
      const unsubscribe = this.onStateChange(look)
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
      look()
    })
  }

  restart(reason: string): void {
    const child = this.#child
    if (child === undefined || this.#stopping !== undefined) return
    this.#restartReason = reason
    this.#send({ type: 'stop' })
    const killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    child.once('exit', () => clearTimeout(killTimer))
  }

  giveBackCleanPages(): void {
    // A child that hangs must not find thousands of these when it goes on.
    if (this.#unanswered < 3) this.#send({ type: 'give-back' })
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    clearInterval(this.#pingTimer)
    clearTimeout(this.#restartTimer)
    const child = this.#child
    if (child !== undefined) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      this.#send({ type: 'stop' })
      child.kill('SIGTERM')
      const killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      await gone
      clearTimeout(killTimer)
    }
    // A child that had to be killed could not do this itself.
    const { dataDir } = this.#childOptions()
    rmSync(memoryFolderOf(memoryRoot, spoolFolderOf(dataDir)), { recursive: true, force: true })
    rmSync(this.socketPath, { force: true })
    const socketFolder = dirname(this.socketPath)
    if (socketFolder !== dataDir) rmSync(socketFolder, { recursive: true, force: true })
    this.#lock.release()
    this.#change({ state: 'stopped', reason: 'stopped' })
  }

  #spawn(): void {
    const { modulePath, execArgv } = computeForkArguments(import.meta.url)
    const child = fork(modulePath, [], {
      execArgv,
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    this.#failure = undefined
    this.#printedError = undefined
    this.#unanswered = 0
    this.#lastAnswerMs = performance.now()
    child.on('error', (error) => {
      this.#failure = error.message
      // Without a process there is no exit event either.
      if (child.pid === undefined) this.#onExit(child, `cannot be started: ${error.message}`)
    })
    child.on('exit', (code, signal) => this.#onExit(child, signal ?? `exit code ${code}`))
    child.on('message', (message: unknown) => {
      if (isChildMessage(message)) this.#onMessage(child, message)
    })
    this.#captureOutput(child.stdout, 'stdout')
    this.#captureOutput(child.stderr, 'stderr')
    void this.#begin(child)
  }

  async #begin(child: ChildProcess): Promise<void> {
    const archive = await this.#options.archive?.place().catch(() => undefined)
    if (child !== this.#child) return
    this.#hasArchive = archive !== undefined
    this.#send({ type: 'start', options: { ...this.#childOptions(), archive } })
  }

  #childOptions(): Omit<ChildOptions, 'archive'> {
    const { memoryBudgetBytes, freeBytesWanted, listen, backupDir } = this.#options
    const dataDir = realpathSync(this.#options.dataDir)
    return {
      dataDir,
      backupDir: backupDir ?? join(dataDir, 'backup'),
      socketPath: this.socketPath,
      memoryBudgetBytes,
      freeBytesWanted,
      listen,
    }
  }

  #onMessage(child: ChildProcess, message: ChildMessage): void {
    if (child !== this.#child) return
    this.#lastAnswerMs = performance.now()
    this.#unanswered = 0
    switch (message.type) {
      case 'ready':
        this.#url = message.url
        this.#readySinceMs = performance.now()
        this.#change({ state: 'ready', reason: 'serving' })
        return
      case 'pong':
        if (this.#status.state === 'unresponsive')
          this.#change({ state: 'ready', reason: 'serving again' })
        return
      case 'disk':
        this.#disk = message.disk
        this.#change({ diskFull: message.disk.full })
        return
      case 'relieved':
        this.#noteRelief()
        return
      case 'failed':
        this.#failure = message.reason
        return
      default:
        message satisfies never
    }
  }

  #noteRelief(): void {
    this.#reliefs += 1
    const nowMs = performance.now()
    if (nowMs - this.#toldReliefMs < tellReliefEveryMs) return
    this.#toldReliefMs = nowMs
    this.#log.warn(
      'the engine met its memory limit: its caches were dropped, the statement is repeated',
      {
        times: this.#reliefs,
      },
    )
  }

  #onExit(child: ChildProcess, how: string): void {
    if (child !== this.#child) return
    this.#child = undefined
    if (this.#stopping !== undefined) return
    const readySinceMs = this.#readySinceMs
    const served = readySinceMs === undefined ? 0 : performance.now() - readySinceMs
    this.#readySinceMs = undefined
    this.#failures = served > recoveredAfterMs ? 1 : this.#failures + 1
    const asked = this.#restartReason
    this.#restartReason = undefined
    const waitMs = asked === undefined ? backOffMs(this.#failures, Math.random()) : 0
    const reason = asked ?? this.#describeDeath(how)
    if (this.#hasArchive && readySinceMs === undefined) this.#options.archive?.onRefused(reason)
    this.#restartTimer = setTimeout(() => {
      this.#restarts += 1
      this.#spawn()
    }, waitMs)
    this.#change({
      state: 'down',
      reason: `${reason}; next start in ${waitMs} ms`,
      diskFull: false,
    })
  }

  #describeDeath(how: string): string {
    const printed = this.#printedError === undefined ? '' : `: ${this.#printedError}`
    return this.#failure === undefined
      ? `the engine died (${how})${printed}`
      : `the engine failed: ${this.#failure}`
  }

  #ping(): void {
    // A child that is stopped for days must not fill the channel with what it cannot read.
    if (this.#unanswered < 5) {
      this.#unanswered += 1
      this.#send({ type: 'ping' })
    }
    const { lastPingMs } = this
    if (this.#status.state === 'ready' && lastPingMs > unresponsiveAfterMs) {
      this.#change({ state: 'unresponsive', reason: `no answer for ${lastPingMs} ms` })
    }
  }

  #send(message: ParentMessage): void {
    const child = this.#child
    if (child?.connected !== true) return
    child.send(message, () => undefined)
  }

  #change(change: Partial<EngineStatus>): void {
    const before = this.#status
    this.#status = { ...before, ...change }
    const { state, reason, diskFull } = this.#status
    if (state === before.state && reason === before.reason && diskFull === before.diskFull) return
    const isBad = state === 'down' || state === 'unresponsive' || diskFull
    this.#log[isBad ? 'warn' : 'info'](`engine is ${state}`, {
      reason,
      disk_full: diskFull,
      pid: this.pid,
    })
    for (const callback of this.#callbacks) callback(this.#status)
  }

  /** Nothing of the child reaches the terminal by itself. */
  #captureOutput(stream: Readable | null, name: string): void {
    let rest = ''
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(0, 8192)
      for (const line of lines) {
        if (line.trim() === '') continue
        this.#log.warn('the engine printed', { stream: name, line: line.slice(0, 2000) })
        if (/error/i.test(line)) this.#printedError ??= line.trim().slice(0, 300)
      }
    })
  }
}

/** 100 ms, doubled with every failure in a row, at most 30 s; up to half of it by chance. `random` is in [0, 1). */
export function backOffMs(failures: number, random: number): number {
  const full = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(failures - 1, 20))
  return Math.round(full * (0.5 + random / 2))
}

/**
 * chDB's allocator keeps freed pages for five seconds by default; giving them back sooner took 13 MiB off after load and slowed nothing,
 * and after a tenth of a second 20 MiB more while lines come in and are counted (at once: 15 more, for a sixth of the CPU).
 * Each of its fifty threads keeps freed memory of its own, of sizes up to 32 KiB: 17 MiB, of which smaller caches leave 5. And it
 * notes where memory was allocated, for a profile that nobody reads.
 */
const ALLOCATOR =
  'narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0,background_thread:true,tcache_max:4096,tcache_nslots_small_max:32,prof:false'

/** `UV_THREADPOOL_SIZE`: every running statement holds a thread of that pool. */
function childEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    UV_THREADPOOL_SIZE: '16',
    TZ: 'UTC',
    JE_MALLOC_CONF: ALLOCATOR,
    MALLOC_ARENA_MAX: '2',
  }
  // Options meant for this process (inspectors, test runners) must not reach the engine.
  delete environment['NODE_OPTIONS']
  delete environment['NODE_V8_COVERAGE']
  return environment
}

/** The kernel takes 107 bytes for a socket's path: below a long data directory it goes to a private folder elsewhere. */
function chooseSocketPath(dataDir: string): string {
  const direct = join(dataDir, 'engine.sock')
  if (Buffer.byteLength(direct) <= 100) return direct
  return join(mkdtempSync(join(tmpdir(), 'vedette-')), 'engine.sock')
}
