import { Agent, request } from 'undici'
import { encodeCompressedWriteRequest } from '../../../src/formats/remote-write/encode.ts'
import { Labels } from '../../../src/model/labels.ts'
import type { SampleBatch } from '../../../src/model/samples.ts'

/** One sample to be pushed. */
export type PushRow = readonly [
  labels: Readonly<Record<string, string>>,
  timestampMs: number,
  value: number,
]

export interface PushAnswer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | undefined
}

const headersOfVersion1 = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'e2e',
}

/** A columnar batch of rows, in their order. */
export function batchOf(rows: readonly PushRow[]): SampleBatch {
  const series: Labels[] = []
  const numbers = new Map<string, number>()
  const seriesIndex = Uint32Array.from(rows, ([record]) => {
    const labels = Labels.from(record)
    const known = numbers.get(labels.key)
    if (known !== undefined) return known
    numbers.set(labels.key, series.length)
    return series.push(labels) - 1
  })
  return {
    series,
    seriesIndex,
    timestampsMs: Float64Array.from(rows, ([, timestampMs]) => timestampMs),
    values: Float64Array.from(rows, ([, , value]) => value),
  }
}

/** A sender of remote write 1.0 with connections of its own. */
export class RemoteWriter {
  readonly #url: string
  readonly #agent = new Agent({ connections: 8, keepAliveTimeout: 60_000 })

  /** `url`: of the listener; the path is the protocol's. */
  constructor(url: string) {
    this.#url = `${url}/api/v1/write`
  }

  /** Rejects when there is no answer at all, as when the server dies meanwhile. */
  async send(
    body: Uint8Array,
    headers: Readonly<Record<string, string>> = headersOfVersion1,
    timeoutMs = 60_000,
  ): Promise<PushAnswer> {
    const answer = await request(this.#url, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: { ...headers },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const retryAfter = answer.headers['retry-after']
    return {
      status: answer.statusCode,
      text: await answer.body.text(),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    }
  }

  push(rows: readonly PushRow[]): Promise<PushAnswer> {
    return this.send(encodeCompressedWriteRequest(batchOf(rows)))
  }

  /** Pushes and insists on success. */
  async store(rows: readonly PushRow[]): Promise<void> {
    const { status, text } = await this.push(rows)
    if (status !== 204) throw new Error(`the push was answered ${status}: ${text}`)
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}
