import { setTimeout as sleep } from 'node:timers/promises'
import { DurationHistogram } from './exemplars.ts'
import type { Service } from './service.ts'

/** How many statements run at the same time; the others wait, as in a pool of connections. */
const CONNECTIONS = 20

export interface Statement {
  /** `SELECT` and its kind. */
  readonly operation: string
  readonly table: string
  readonly text: string
  readonly durationMs: number
  /** The statement fails with this. */
  readonly failure?: string
}

/** A database that is none: it takes as long as it is told. Spans and metrics are by the semantic conventions for databases. */
export class PretendDatabase {
  readonly #service: Service
  readonly #durations: DurationHistogram
  readonly #waiting: (() => void)[] = []
  #used = 0

  constructor(service: Service) {
    this.#service = service
    const { meter, exemplars } = service.telemetry
    this.#durations = new DurationHistogram(
      meter,
      exemplars,
      'db.client.operation.duration',
      'Duration of database client operations.',
    )
    meter
      .createObservableGauge('db.client.connection.count', {
        description: 'Connections of the pool by state.',
      })
      .addCallback((result) => {
        const pool = { 'db.client.connection.pool.name': 'payments' }
        const idle = CONNECTIONS - this.#used
        result.observe(this.#used, { ...pool, 'db.client.connection.state': 'used' })
        result.observe(idle, { ...pool, 'db.client.connection.state': 'idle' })
      })
  }

  async run({ operation, table, text, durationMs, failure }: Statement): Promise<void> {
    const system = {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.operation.name': operation,
      'db.collection.name': table,
    }
    const attributes = {
      ...system,
      'db.query.text': text,
      'server.address': 'payments-db',
      'server.port': 5432,
      'peer.service': 'payments-db',
    }
    await this.#service.withinClient(`${operation} ${table}`, attributes, async (span) => {
      const startedMs = performance.now()
      if (this.#used >= CONNECTIONS) {
        span.addEvent('waiting for a connection', { 'pool.waiting': this.#waiting.length })
      }
      await this.#take()
      try {
        await sleep(durationMs)
        if (failure !== undefined) {
          const error = new Error(failure)
          error.name = 'DatabaseError'
          throw error
        }
      } finally {
        this.#give()
        this.#durations.record((performance.now() - startedMs) / 1000, system)
      }
    })
  }

  #take(): Promise<void> {
    if (this.#used < CONNECTIONS) {
      this.#used++
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#used--
    else next()
  }
}
