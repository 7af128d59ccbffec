import type { Labels } from '../../../model/labels.ts'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import type { DockerClient } from '../../discovery/docker-client.ts'
import type { CursorLines } from '../cursor-lines.ts'
import type { Outbox } from '../outbox.ts'
import { pause } from '../pause.ts'
import type { Positions } from '../positions/positions.ts'
import { isRecord } from '../positions/position-record.ts'
import type { TailMetrics } from '../tail-metrics.ts'
import { ContainerCursor } from './container-cursor.ts'
import { ContainerStream, type ContainerLine, type OutputStream } from './container-stream.ts'

const LEAST_WAIT_MS = 1000
const MOST_WAIT_MS = 30_000
/** A connection that held for so long did well. */
const WELL_MS = 30_000
const FLUSH_MS = 1000

export interface ContainerSourceOptions {
  readonly id: string
  readonly client: DockerClient
  readonly key: string
  readonly lines: CursorLines
  /** Of each stream; undefined when rules drop it. */
  readonly labels: (stream: OutputStream) => Labels | undefined
  readonly positions: Positions
  readonly outbox: Outbox
  readonly metrics: TailMetrics
  readonly log: Log
}

/** Follows what a container writes, until it is told that the container is gone and has read the rest. */
export class ContainerSource {
  readonly #options: ContainerSourceOptions
  readonly #abort = new AbortController()
  readonly #labels = new Map<OutputStream, Labels | undefined>()
  #isGone = false
  readonly #running: Promise<void>

  constructor(options: ContainerSourceOptions) {
    this.#options = options
    this.#labels.set('stdout', options.labels('stdout')).set('stderr', options.labels('stderr'))
    this.#running = this.#run()
  }

  /** Ends at once; what was not stored is read again later. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  /** The container no longer runs: ends when Docker ends the answer. Resolves then. */
  async finish(): Promise<void> {
    this.#isGone = true
    await this.#running
  }

  async #run(): Promise<void> {
    const { lines, metrics } = this.#options
    const { signal } = this.#abort
    metrics.targetsActive.inc()
    const flushing = setInterval(() => lines.flush(Date.now(), false), FLUSH_MS)
    let waitMs = LEAST_WAIT_MS
    let said = ''
    while (!signal.aborted) {
      const begunMs = performance.now()
      const fault = await this.#follow().then(() => '', messageOf)
      if (fault !== '' && fault !== said && !signal.aborted && !this.#isGone) {
        this.#options.log.warn('the logs of a container cannot be read', { reason: fault })
      }
      said = fault
      if (this.#isGone) break
      if (performance.now() - begunMs > WELL_MS) waitMs = LEAST_WAIT_MS
      await pause(waitMs, signal)
      waitMs = Math.min(MOST_WAIT_MS, waitMs * 2)
      if (this.#isGone) break
    }
    clearInterval(flushing)
    if (!signal.aborted) lines.flush(Date.now(), true)
    metrics.targetsActive.dec()
  }

  /** One answer of Docker, to its end. */
  async #follow(): Promise<void> {
    const { client, id, positions, key, outbox, lines } = this.#options
    const { signal } = this.#abort
    const path = `/containers/${encodeURIComponent(id)}`
    const described = await client.get(`${path}/json`, signal)
    const config = isRecord(described) ? described['Config'] : undefined
    const isTerminal = isRecord(config) && config['Tty'] === true
    const cursor = this.#cursor ?? new ContainerCursor(positions.cursor(key))
    this.#cursor = new ContainerCursor(cursor.text)
    const stream = new ContainerStream(isTerminal, (line) => this.#take(line))
    const wanted = 'follow=true&stdout=true&stderr=true&timestamps=true'
    const answer = await client.open(`${path}/logs?${wanted}&since=${cursor.since}`, signal)
    for await (const chunk of answer) {
      const bytes: unknown = chunk
      if (Buffer.isBuffer(bytes)) stream.push(bytes)
      await outbox.room()
      const pausedMs = (lines.pausedUntilMs ?? 0) - Date.now()
      if (pausedMs > 0) await pause(pausedMs, signal)
      if (signal.aborted) return
    }
  }

  /** How far this process has read, which is further than what is stored. */
  #cursor: ContainerCursor | undefined

  #take({ stream, timestampNs, line }: ContainerLine): void {
    const cursor = this.#abort.signal.aborted ? undefined : this.#cursor?.next(timestampNs)
    if (cursor === undefined) return
    const labels = this.#labels.get(stream)
    const { lines, metrics } = this.#options
    metrics.dockerLines.inc()
    if (labels === undefined) lines.skip(cursor)
    else lines.add({ cursor, timestampNs, line, labels })
  }
}
