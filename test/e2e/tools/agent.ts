import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { projectRoot } from '../../house/read-sources.ts'
import { findFreePorts } from '../free-ports.ts'
import { LISTENER_NAMES } from '../../../src/http/listen-section.ts'

export interface AgentOptions {
  /** A folder for its log and its data, which outlives it. */
  readonly folder: string
  readonly server: string
  /** `--config`: a file or a folder. Without it: this host's metrics. */
  readonly configPath?: string
  /** More arguments. */
  readonly args?: readonly string[]
}

/** Listeners that an agent has besides its own and the receiver of OTLP over HTTP, which tests ask for. */
const SWITCHED_OFF = LISTENER_NAMES.filter((name) =>
  /^(?:otlp-grpc|zipkin|jaeger-|pushgateway|syslog)/.test(name),
)

/** A running `bin/vedette agent` that goes with the test. Started again with the same options it is the same agent at the same ports. */
export class Agent {
  readonly #options: AgentOptions
  readonly #ports: readonly [own: number, otlp: number]
  #child: ChildProcess | undefined

  private constructor(options: AgentOptions, ports: readonly [number, number]) {
    this.#options = options
    this.#ports = ports
  }

  static async start(options: AgentOptions): Promise<Agent> {
    const [own = 0, otlp = 0] = await findFreePorts(2)
    const agent = new Agent(options, [own, otlp])
    onTestFinished(async ({ task }) => {
      await agent.kill()
      if (task.result?.state === 'fail')
        console.log(`the agent's log ends:\n${agent.readLog().slice(-4000)}`)
    })
    await agent.start()
    return agent
  }

  /** Of its own listener. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports[0]}`
  }

  /** Of OTLP over HTTP. */
  get otlpUrl(): string {
    return `http://127.0.0.1:${this.#ports[1]}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const { folder, server, configPath, args = [] } = this.#options
    const log = openSync(this.#logPath, 'a')
    const config = configPath === undefined ? ['--promtail', 'off'] : ['--config', configPath]
    const given = [
      ...['agent', '--server', server, '--data', join(folder, 'agent'), ...config],
      ...['--listen.agent', `127.0.0.1:${this.#ports[0]}`],
      ...['--listen.otlp-http', `127.0.0.1:${this.#ports[1]}`],
      ...SWITCHED_OFF.flatMap((name) => [`--listen.${name}`, 'off']),
      ...args,
    ]
    const child = spawn(join(projectRoot, 'bin/vedette'), given, { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child = child
    for (let i = 0; i < 2400 && child.exitCode === null; i++) {
      if (await this.#isReady()) return
      await sleep(25)
    }
    throw new Error(`the agent was not ready; its log ends:\n${this.readLog().slice(-4000)}`)
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Everything that it has printed so far, over all starts. */
  readLog(): string {
    return readFileSync(this.#logPath, 'utf8')
  }

  forgetLog(): void {
    writeFileSync(this.#logPath, '')
  }

  /** The sum of a metric of its own over its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  /** Megabytes: what it takes now, and what it took at most. */
  memory(): { readonly nowMb: number; readonly peakMb: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const read = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
    return { nowMb: Math.round(read('VmRSS')), peakMb: Math.round(read('VmHWM')) }
  }

  get #logPath(): string {
    return join(this.#options.folder, 'agent.log')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', resolve)
    })
    child.kill(signal)
    return ended
  }

  async #isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/-/ready`, { signal: AbortSignal.timeout(2000) })
      await answer.arrayBuffer()
      return answer.status === 200
    } catch {
      return false
    }
  }
}
