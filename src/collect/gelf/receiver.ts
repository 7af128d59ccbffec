import net from 'node:net'
import { gunzipSync, inflateSync } from 'node:zlib'
import { ChunkAssembler } from '../../formats/gelf/chunks.ts'
import { parseGelf } from '../../formats/gelf/parse-message.ts'
import { NulSplitter } from '../../formats/gelf/split-nul.ts'
import { severityName } from '../../formats/syslog/message.ts'
import { encodeUtf8 } from '../../formats/text-codec.ts'
import type { RelabelConfig } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Counter, Registry } from '../../self/metrics.ts'
import { IncreasingTimes } from '../syslog/increasing-times.ts'
import { bareAddress } from '../syslog/bare-address.ts'
import { bindUdp } from '../syslog/bind-udp.ts'
import type { ReceivedLineSink } from '../syslog/line-sink.ts'
import { StreamRules } from '../syslog/stream-rules.ts'

/** One GELF receiver: the keys of promtail's `gelf` scrape configuration. */
export interface GelfSettings {
  readonly host: string
  /** 0: any. promtail's default is 12201. */
  readonly port: number
  /** promtail has `udp`; over TCP a NUL ends each message, and nothing is compressed. */
  readonly protocol: 'udp' | 'tcp'
  readonly labels: Labels
  readonly relabel: readonly RelabelConfig[]
  /** `use_incoming_timestamp` */
  readonly usesIncomingTimestamp: boolean
}

export interface GelfParts {
  readonly sink: ReceivedLineSink
  readonly log: Log
  readonly registry: Registry
  /** Whether an address may send. Default: each may. */
  readonly maySend?: (address: string) => boolean
  readonly nowMs?: () => number
}

export interface GelfReceiver {
  readonly port: number
  /** Takes nothing more; what was received is in the sink. */
  stop(): Promise<void>
}

/** Of one message, decompressed. */
const MAX_MESSAGE_BYTES = 1024 * 1024
/** Of chunks that wait for others. */
const MAX_CHUNK_BYTES = 8 * 1024 * 1024
const MAX_CONNECTIONS = 512
const IDLE_TIMEOUT_MS = 300_000
const FAULT_LOG_MS = 60_000

/**
 * Opens a GELF receiver (docs.graylog.org, "GELF"): chunked, gzip and zlib datagrams, or messages over TCP. The line is the message as
 * JSON, as of promtail. Rejects with a `Problem` of code `unavailable`.
 */
export async function startGelfReceiver(
  settings: GelfSettings,
  parts: GelfParts,
): Promise<GelfReceiver> {
  const reader = new GelfReader(settings, parts)
  try {
    return await (settings.protocol === 'udp' ? openUdp : openTcp)(settings, parts, reader)
  } catch (cause) {
    const where = `${settings.host}:${settings.port}`
    throw new Problem('unavailable', `cannot receive GELF on ${where}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** Makes lines of messages. */
class GelfReader {
  readonly #settings: GelfSettings
  readonly #parts: GelfParts
  readonly #rules: StreamRules
  readonly #times = new IncreasingTimes()
  readonly #entries: Counter
  readonly #errors: Counter
  #faultSaidMs = Number.NEGATIVE_INFINITY

  constructor(settings: GelfSettings, parts: GelfParts) {
    this.#settings = settings
    this.#parts = parts
    this.#rules = new StreamRules(settings.labels, settings.relabel)
    this.#entries = parts.registry.counter(
      'promtail_gelf_target_entries_total',
      'Total number of successful entries sent to the gelf target.',
    )
    this.#errors = parts.registry.counter(
      'promtail_gelf_target_parsing_errors_total',
      'Total number of parsing errors while receiving gelf messages.',
    )
  }

  get nowMs(): number {
    return (this.#parts.nowMs ?? Date.now)()
  }

  read(bytes: Uint8Array): void {
    const message = parseGelf(bytes)
    if ('fault' in message) {
      this.refuse(message.fault)
      return
    }
    const pairs: string[] = []
    const add = (name: string, value: string): void => {
      if (value !== '' && this.#rules.wants(name)) pairs.push(name, value)
    }
    add('__gelf_message_level', severityName(message.level))
    add('__gelf_message_host', message.host)
    add('__gelf_message_version', message.version)
    add('__gelf_message_facility', message.facility)
    const stream = this.#rules.of(pairs)
    if (stream === undefined) return
    const sentNs = this.#settings.usesIncomingTimestamp ? message.timestampNs : undefined
    const timestampNs = this.#times.next(stream, sentNs ?? BigInt(this.nowMs) * 1_000_000n)
    this.#parts.sink.emit(stream, timestampNs, encodeUtf8(message.line), Labels.EMPTY)
    this.#entries.inc()
  }

  refuse(reason: string): void {
    this.#errors.inc()
    const nowMs = performance.now()
    if (nowMs - this.#faultSaidMs < FAULT_LOG_MS) return
    this.#faultSaidMs = nowMs
    this.#parts.log.warn('a GELF message cannot be read and is left out', { reason })
  }
}

async function openUdp(
  { host, port }: GelfSettings,
  { sink, log, maySend = () => true }: GelfParts,
  reader: GelfReader,
): Promise<GelfReceiver> {
  const udp = await bindUdp(host, port)
  udp.on('error', (error) => {
    log.warn('the socket for GELF has a fault', { reason: error.message })
  })
  const chunks = new ChunkAssembler(MAX_CHUNK_BYTES, () =>
    reader.refuse('not all chunks of a message arrived'),
  )
  udp.on('message', (bytes, { address }) => {
    if (!maySend(bareAddress(address))) return reader.refuse('the sender may not send')
    if (!sink.hasRoom) return reader.refuse('there is no room')
    const whole = chunks.add(bytes, address, reader.nowMs)
    if (whole === undefined) return
    try {
      reader.read(decompress(whole))
    } catch (thrown) {
      reader.refuse(messageOf(thrown))
    }
  })
  return {
    port: udp.address().port,
    stop: () => new Promise((resolve) => udp.close(() => resolve())),
  }
}

function decompress(bytes: Uint8Array): Uint8Array {
  const [first = 0, second = 0] = bytes
  const options = { maxOutputLength: MAX_MESSAGE_BYTES }
  if (first === 0x1f && second === 0x8b) return gunzipSync(bytes, options)
  const isZlib = first === 0x78 && ((first << 8) | second) % 31 === 0
  return isZlib ? inflateSync(bytes, options) : bytes
}

async function openTcp(
  { host, port }: GelfSettings,
  { sink, maySend = () => true }: GelfParts,
  reader: GelfReader,
): Promise<GelfReceiver> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (!maySend(bareAddress(socket.remoteAddress ?? ''))) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    const splitter = new NulSplitter(MAX_MESSAGE_BYTES, (message) => {
      if (message === undefined) reader.refuse(`longer than ${MAX_MESSAGE_BYTES} bytes`)
      else reader.read(message)
    })
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      splitter.end()
    })
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk)
      if (sink.hasRoom) return
      socket.pause()
      void sink.room().then(() => socket.resume())
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => resolve())
  })
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
