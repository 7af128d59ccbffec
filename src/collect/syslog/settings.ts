import type { RelabelConfig } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'

/** One syslog receiver: the keys of promtail's `syslog` scrape configuration, and what `--listen.syslog` sets. */
export interface SyslogSettings {
  readonly host: string
  /** 0: any. */
  readonly port: number
  /** `listen_protocol`; `both` opens the same port for TCP and UDP. */
  readonly protocol: 'tcp' | 'udp' | 'both'
  /** `idle_timeout`: TCP connections that say nothing for so long are closed. */
  readonly idleTimeoutMs: number
  /** `max_message_length`: longer messages are cut. */
  readonly maxMessageBytes: number
  /** `syslog_format`; `auto` tells the forms apart and takes what is neither as a message as a whole. */
  readonly format: 'rfc5424' | 'rfc3164' | 'auto'
  /** `labels` of every line. */
  readonly labels: Labels
  /** `relabel_configs`: they make labels of the `__syslog_…` ones, which are left away in the end. */
  readonly relabel: readonly RelabelConfig[]
  /** `label_structured_data`: it becomes labels `__syslog_message_sd_…`. */
  readonly labelsStructuredData: boolean
  /** `use_incoming_timestamp`: the time of the message, and not that of its arrival. */
  readonly usesIncomingTimestamp: boolean
  /** `use_rfc5424_message`: the line is the message with its header. */
  readonly keepsHeader: boolean
  /** Process, message id, structured data and level become structured metadata; promtail does not do this. */
  readonly writesMetadata: boolean
  /** `tls_config`, for TCP. Paths are absolute; the files are read once. */
  readonly tls?: SyslogTls
}

export interface SyslogTls {
  readonly certFile: string
  readonly keyFile: string
  /** Clients must show a certificate that this signed. */
  readonly clientCaFile?: string
}

/** promtail's defaults (clients/pkg/promtail/targets/syslog). */
export const DEFAULT_SYSLOG_SETTINGS: SyslogSettings = {
  host: '127.0.0.1',
  port: 0,
  protocol: 'tcp',
  idleTimeoutMs: 120_000,
  maxMessageBytes: 8192,
  format: 'rfc5424',
  labels: Labels.EMPTY,
  relabel: [],
  labelsStructuredData: false,
  usesIncomingTimestamp: false,
  keepsHeader: false,
  writesMetadata: false,
}
