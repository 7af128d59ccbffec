import type { LogEntry } from '../collect/tail/stages/entry.ts'
import { RefusedError } from './api-client.ts'
import type { LogsClient } from './logs-client.ts'

const MAX_ENTRIES = 2000
const MAX_CHARACTERS = 1024 * 1024

/** Sends entries to a server, many at a time and one request after the other. */
export class LogsPusher {
  readonly #client: LogsClient
  #firstRefusal: string | undefined
  #entries: LogEntry[] = []
  #characters = 0

  constructor(client: LogsClient) {
    this.#client = client
  }

  /** What the server said of lines that it refused, in short; the others of a request are stored. */
  get refusal(): string | undefined {
    return this.#firstRefusal
  }

  /** Takes entries; resolves once there is room for more. Rejects with `ApiError` when the server cannot be reached. */
  async add(entries: readonly LogEntry[]): Promise<void> {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#characters += entry.line.length
    }
    if (this.#entries.length >= MAX_ENTRIES || this.#characters >= MAX_CHARACTERS)
      await this.finish()
  }

  /** Sends what is left. */
  async finish(): Promise<void> {
    if (this.#entries.length === 0) return
    const body = encode(this.#entries)
    this.#entries = []
    this.#characters = 0
    try {
      await this.#client.push(body)
    } catch (thrown) {
      if (!(thrown instanceof RefusedError)) throw thrown
      // Loki repeats itself for every line of other words.
      this.#firstRefusal ??= thrown.message.split('; ')[0]
    }
  }
}

/** The JSON form of a push. */
function encode(entries: readonly LogEntry[]): string {
  const streams = new Map<string, { stream: Record<string, string>; values: unknown[][] }>()
  for (const { labels, metadata, line, timestampNs } of entries) {
    let stream = streams.get(labels.key)
    if (stream === undefined) {
      stream = { stream: labels.toObject(), values: [] }
      streams.set(labels.key, stream)
    }
    const own = metadata.size === 0 ? [] : [metadata.toObject()]
    stream.values.push([String(timestampNs), line, ...own])
  }
  return JSON.stringify({ streams: [...streams.values()] })
}
