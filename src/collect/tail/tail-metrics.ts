import type { Counter, Gauge, Labelled, Registry } from '../../self/metrics.ts'

/** What promtail calls the server that it sends to; lines stay in this program. */
const HOST = 'vedette'

/** The figures of one file. */
export interface FileMetrics {
  readonly lines: Counter
  readonly readBytes: Gauge
  readonly fileBytes: Gauge
}

/** Collection counts with promtail's names, so that its dashboards and rules hold. */
export class TailMetrics {
  readonly #readLines: Labelled<Counter>
  readonly #readBytes: Labelled<Gauge>
  readonly #fileBytes: Labelled<Gauge>
  readonly #sent: Counter
  readonly #sentBytes: Counter
  readonly #dropped: Labelled<Counter>
  readonly #users = new Map<string, number>()
  readonly filesActive: Gauge
  readonly targetsActive: Gauge
  readonly targetsFailed: Labelled<Counter>
  readonly journalLines: Counter
  readonly dockerLines: Counter
  readonly journalFaults: Labelled<Counter>

  constructor(registry: Registry) {
    const path = ['path'] as const
    this.#readLines = registry.counterBy('promtail_read_lines_total', 'Number of lines read.', path)
    this.#readBytes = registry.gaugeBy('promtail_read_bytes_total', 'Number of bytes read.', path)
    this.#fileBytes = registry.gaugeBy('promtail_file_bytes_total', 'Number of bytes total.', path)
    this.#sent = registry
      .counterBy('promtail_sent_entries_total', 'Number of log entries stored.', ['host'])
      .with(HOST)
    this.#sentBytes = registry
      .counterBy('promtail_sent_bytes_total', 'Number of bytes of log entries stored.', ['host'])
      .with(HOST)
    this.#dropped = registry.counterBy(
      'promtail_dropped_entries_total',
      'Number of log entries that were read and not stored.',
      ['host', 'reason'],
    )
    this.filesActive = registry.gauge(
      'promtail_files_active_total',
      'Number of files that are being read.',
    )
    this.targetsActive = registry.gauge(
      'promtail_targets_active_total',
      'Number of active total targets.',
    )
    this.targetsFailed = registry.counterBy(
      'promtail_targets_failed_total',
      'Number of targets that were not taken.',
      ['reason'],
    )
    this.journalLines = registry.counter(
      'promtail_journal_target_lines_total',
      'Total number of successful journal lines read',
    )
    this.dockerLines = registry.counter(
      'promtail_docker_target_entries_total',
      'Total number of successful entries read from Docker',
    )
    this.journalFaults = registry.counterBy(
      'promtail_journal_target_parsing_errors_total',
      'Total number of parsing errors while reading journal messages',
      ['error'],
    )
    for (const reason of ['ingester_error', 'rate_limited', 'line_too_long']) {
      this.#dropped.with(HOST, reason)
    }
  }

  /** The figures of a file, to be given back with `closeFile`. */
  openFile(file: string): FileMetrics {
    this.#users.set(file, (this.#users.get(file) ?? 0) + 1)
    this.filesActive.inc()
    return {
      lines: this.#readLines.with(file),
      readBytes: this.#readBytes.with(file),
      fileBytes: this.#fileBytes.with(file),
    }
  }

  closeFile(file: string): void {
    this.filesActive.dec()
    const users = (this.#users.get(file) ?? 1) - 1
    if (users > 0) {
      this.#users.set(file, users)
      return
    }
    this.#users.delete(file)
    this.#readLines.remove(file)
    this.#readBytes.remove(file)
    this.#fileBytes.remove(file)
  }

  sent(lines: number, sizeBytes: number): void {
    this.#sent.inc(lines)
    if (lines > 0) this.#sentBytes.inc(sizeBytes)
  }

  dropped(reason: string, lines: number): void {
    if (lines > 0) this.#dropped.with(HOST, reason).inc(lines)
  }
}
