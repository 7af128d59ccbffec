import type { Counter, Registry } from '../../self/metrics.ts'

/** promtail's counters of its syslog target, and two for what it has no word for. */
export interface SyslogMetrics {
  readonly entries: Counter
  readonly parsingErrors: Counter
  readonly emptyMessages: Counter
  readonly cutMessages: Counter
  /** Datagrams that came while there was no room, or from addresses that may not send. */
  readonly dropped: (reason: 'no_room' | 'forbidden') => void
}

export function createSyslogMetrics(registry: Registry): SyslogMetrics {
  const dropped = registry.counterBy(
    'vedette_syslog_dropped_total',
    'Syslog datagrams and connections that were not taken.',
    ['reason'],
  )
  return {
    entries: registry.counter(
      'promtail_syslog_target_entries_total',
      'Total number of successful entries sent to the syslog target.',
    ),
    parsingErrors: registry.counter(
      'promtail_syslog_target_parsing_errors_total',
      'Total number of parsing errors while receiving syslog messages.',
    ),
    emptyMessages: registry.counter(
      'promtail_syslog_empty_messages_total',
      'Total number of empty messages receiving from syslog.',
    ),
    cutMessages: registry.counter(
      'vedette_syslog_cut_messages_total',
      'Syslog messages that were longer than allowed and lost their end.',
    ),
    dropped: (reason) => dropped.with(reason).inc(),
  }
}
