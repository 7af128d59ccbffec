import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LISTENER_NAMES, type ListenerName } from '../../src/http/listen-section.ts'
import { projectRoot } from '../house/read-sources.ts'
import { findFreePorts } from './free-ports.ts'
import { listProcessGroup, type ProcessEntry } from './process-tree.ts'

/** How to start a Vedette. Everything has a default: this host's own metrics, one listener, a new data directory. */
export interface ServerOptions {
  /** `--config`: a file or a folder. */
  configPath?: string
  /** A directory that outlives this server, for a second start on the same data; by default a temporary one. */
  dataDir?: string
  /** Listeners to open on free ports besides `prometheus`. */
  listeners?: readonly ListenerName[]
  /** The Prometheus port of an earlier start, for a restart at the same address. */
  prometheusPort?: number
  /** More arguments after `start`. */
  args?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** How long `/-/ready` may take to answer 200. */
  readyTimeoutMs?: number
  /** Instead of bin/vedette: a program and its first arguments. */
  command?: readonly [string, ...string[]]
}

/** How a server ended. `code` is null after a signal. */
export interface ServerExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A server that does not become ready: it ended, or took too long. The message holds the end of its log. */
export class ServerNotReady extends Error {
  readonly exit: ServerExit | null

  constructor(message: string, exit: ServerExit | null) {
    super(message)
    this.exit = exit
  }
}

/** A server takes a second or two; on a machine that is busy with other things it took more than thirty. How long it may take is measured elsewhere. */
const READY_MS = 120_000

/** Groups that still run when the test process ends, for whatever reason, are killed then. */
const runningGroups = new Set<number>()
process.on('exit', () => {
  for (const groupPid of runningGroups) signalGroup(groupPid, 'SIGKILL')
})

/**
 * Starts `bin/vedette start` and waits until `GET /-/ready` answers 200. The caller owns the server and calls
 * `dispose` when done, also after `stop` or `kill`.
 *
 * @throws {ServerNotReady} nothing of the server is left then
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await Server.spawn(options)
  try {
    await server.waitUntilReady(options.readyTimeoutMs ?? READY_MS)
    return server
  } catch (error) {
    await server.dispose()
    throw error
  }
}

/** A running (or ended) `bin/vedette start`, leader of a process group of its own. */
export class Server {
  readonly pid: number
  readonly dataDir: string
  /** stdout and stderr, as they came. */
  readonly logPath: string
  /** Resolves when the server process has ended; its children may live a moment longer. */
  readonly exited: Promise<ServerExit>
  readonly #ports: ReadonlyMap<ListenerName, number>
  readonly #folder: string
  #exit: ServerExit | null = null

  private constructor(
    child: ChildProcess & { pid: number },
    ports: ReadonlyMap<ListenerName, number>,
    folder: string,
    dataDir: string,
  ) {
    this.pid = child.pid
    this.dataDir = dataDir
    this.logPath = join(folder, 'log')
    this.#ports = ports
    this.#folder = folder
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
  }

  /** Starts without waiting; most tests want `startServer`. */
  static async spawn(options: ServerOptions = {}): Promise<Server> {
    const opened: ListenerName[] = [
      ...new Set<ListenerName>(['prometheus', ...(options.listeners ?? [])]),
    ]
    const free = await findFreePorts(opened.length)
    const ports = new Map(opened.map((name, at) => [name, free[at] as number]))
    if (options.prometheusPort) ports.set('prometheus', options.prometheusPort)
    const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-'))
    const dataDir = options.dataDir ?? join(folder, 'data')
    const [program, ...firstArgs] = options.command ?? [join(projectRoot, 'bin/vedette')]
    const log = openSync(join(folder, 'log'), 'a')
    const child = spawn(program, [...firstArgs, ...startArguments(options, ports, dataDir)], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    const failure = await new Promise<Error | null>((resolve) => {
      child.once('spawn', () => resolve(null))
      child.once('error', resolve)
    })
    if (failure || !isStarted(child)) {
      rmSync(folder, { recursive: true, force: true })
      throw failure ?? new Error(`${program} did not start`)
    }
    runningGroups.add(child.pid)
    return new Server(child, ports, folder, dataDir)
  }

  /** `http://127.0.0.1:PORT` of a listener that was asked for. */
  url(listener: ListenerName = 'prometheus'): string {
    const port = this.#ports.get(listener)
    if (port === undefined) throw new Error(`the listener ${listener} was not asked for`)
    return `http://127.0.0.1:${port}`
  }

  /** Polls `/-/ready`. Call it again after a disturbance, to wait until the server has recovered. */
  async waitUntilReady(timeoutMs = READY_MS): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs
    while (Date.now() < deadlineMs) {
      if (this.#exit) throw this.#notReady('ended before it was ready', this.#exit)
      if (await this.#isReady()) return
      await Promise.race([sleep(25), this.exited])
    }
    throw this.#notReady(`was not ready after ${timeoutMs} ms`, null)
  }

  /** Everything it printed so far. */
  readLog(): string {
    return readFileSync(this.logPath, 'utf8')
  }

  /** The server and its children that still live, the server first. */
  listProcesses(): ProcessEntry[] {
    return listProcessGroup(this.pid)
  }

  /** The children of the server: its engine. */
  listChildren(): ProcessEntry[] {
    return this.listProcesses().filter(({ pid }) => pid !== this.pid)
  }

  /** Sends a signal to the server only, not to its children. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#exit) process.kill(this.pid, signal)
  }

  /**
   * SIGTERM, then waits for the end; after `timeoutMs` (10 s, as DESIGN promises) the group is killed and the exit
   * has the signal SIGKILL.
   */
  async stop(timeoutMs = 10_000): Promise<ServerExit> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), timeoutMs)
    const exit = await this.exited
    clearTimeout(timer)
    return exit
  }

  /** SIGKILL for the server and all its children at once; resolves when none of them is left. */
  async kill(): Promise<ServerExit> {
    signalGroup(this.pid, 'SIGKILL')
    const exit = await this.exited
    while (this.listProcesses().length > 0) await sleep(5)
    return exit
  }

  /** Kills what still runs and removes the temporary files; a data directory given by the caller stays. */
  async dispose(): Promise<void> {
    await this.kill()
    runningGroups.delete(this.pid)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #isReady(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(2000)
      const response = await fetch(`${this.url()}/-/ready`, { signal })
      await response.arrayBuffer()
      return response.status === 200
    } catch {
      return false
    }
  }

  #notReady(what: string, exit: ServerExit | null): ServerNotReady {
    const how = exit ? ` (exit code ${exit.code}, signal ${exit.signal})` : ''
    return new ServerNotReady(
      `vedette ${what}${how}; its log ends:\n${this.readLog().slice(-4000)}`,
      exit,
    )
  }
}

function startArguments(
  options: ServerOptions,
  ports: ReadonlyMap<ListenerName, number>,
  dataDir: string,
): string[] {
  return [
    'start',
    ...['--data', dataDir],
    // Without a configuration it would read the logs of this host, which are not the same anywhere.
    ...(options.configPath ? ['--config', options.configPath] : ['--promtail', 'off']),
    // Each is switched off unless a test asks for it: no test may use a fixed port.
    ...LISTENER_NAMES.flatMap((name) => {
      const port = ports.get(name)
      return [`--listen.${name}`, port === undefined ? 'off' : `127.0.0.1:${port}`]
    }),
    ...(options.args ?? []),
  ]
}

function isStarted(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined
}

/** No error when nobody is left in the group. */
function signalGroup(groupPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupPid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
