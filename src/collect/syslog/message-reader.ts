import type { SyslogFault, SyslogMessage } from '../../formats/syslog/message.ts'
import { parseRfc3164 } from '../../formats/syslog/parse-rfc3164.ts'
import { looksLikeRfc5424, parseRfc5424 } from '../../formats/syslog/parse-rfc5424.ts'
import { Labels } from '../../model/labels.ts'
import type { Log } from '../../self/log.ts'
import { IncreasingTimes } from './increasing-times.ts'
import type { ReceivedLineSink } from './line-sink.ts'
import { MessageLabels, metadataOf } from './message-labels.ts'
import type { SyslogSettings } from './settings.ts'
import type { SyslogMetrics } from './syslog-metrics.ts'

const FAULT_LOG_MS = 60_000

/** Who sent a message, as far as the network tells. */
export interface Sender {
  readonly address: string
  /** What its address is called; empty when nobody looked. */
  readonly hostname: string
}

/** Makes lines of messages. */
export class MessageReader {
  readonly labels: MessageLabels
  readonly #settings: SyslogSettings
  readonly #sink: ReceivedLineSink
  readonly #metrics: SyslogMetrics
  readonly #log: Log
  readonly #nowMs: () => number
  readonly #times = new IncreasingTimes()
  #faultSaidMs = Number.NEGATIVE_INFINITY

  constructor(
    settings: SyslogSettings,
    parts: {
      readonly sink: ReceivedLineSink
      readonly metrics: SyslogMetrics
      readonly log: Log
      readonly nowMs: () => number
    },
  ) {
    this.labels = new MessageLabels(settings)
    this.#settings = settings
    this.#sink = parts.sink
    this.#metrics = parts.metrics
    this.#log = parts.log
    this.#nowMs = parts.nowMs
  }

  read(bytes: Uint8Array, start: number, end: number, isCut: boolean, sender: Sender): void {
    if (isCut) this.#metrics.cutMessages.inc()
    const message = this.#parse(bytes, start, end)
    if ('fault' in message) {
      this.#refuse(message, sender)
      return
    }
    const { keepsHeader, writesMetadata, usesIncomingTimestamp } = this.#settings
    if (message.start >= message.end) {
      this.#metrics.emptyMessages.inc()
      return
    }
    const stream = this.labels.of(message, sender.address, sender.hostname)
    if (stream === undefined) return
    const sentNs = usesIncomingTimestamp ? message.timestampNs : undefined
    const timestampNs = this.#times.next(stream, sentNs ?? BigInt(this.#nowMs()) * 1_000_000n)
    const line = bytes.subarray(keepsHeader ? start : message.start, message.end)
    this.#sink.emit(stream, timestampNs, line, writesMetadata ? metadataOf(message) : Labels.EMPTY)
    this.#metrics.entries.inc()
  }

  #parse(bytes: Uint8Array, start: number, end: number): SyslogMessage | SyslogFault {
    const { format } = this.#settings
    if (format === 'rfc5424') return parseRfc5424(bytes, start, end)
    const nowMs = this.#nowMs()
    if (format === 'rfc3164') return parseRfc3164(bytes, start, end, { nowMs, isStrict: true })
    if (looksLikeRfc5424(bytes, start, end)) {
      const message = parseRfc5424(bytes, start, end)
      if (!('fault' in message)) return message
    }
    return parseRfc3164(bytes, start, end, { nowMs, isStrict: false })
  }

  #refuse({ fault }: SyslogFault, { address }: Sender): void {
    this.#metrics.parsingErrors.inc()
    const nowMs = performance.now()
    if (nowMs - this.#faultSaidMs < FAULT_LOG_MS) return
    this.#faultSaidMs = nowMs
    this.#log.warn('a syslog message cannot be parsed and is left out', { reason: fault, address })
  }
}
