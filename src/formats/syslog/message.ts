/** A syslog message of either form. Texts that it does not have are empty; the message itself lies in the bytes that were parsed. */
export interface SyslogMessage {
  /** 0 to 23. */
  readonly facility: number
  /** 0 (emergency) to 7 (debug). */
  readonly severity: number
  /** Unix nanoseconds; undefined when it has no time. */
  readonly timestampNs: bigint | undefined
  readonly hostname: string
  readonly appName: string
  readonly procId: string
  readonly msgId: string
  readonly structuredData: readonly StructuredElement[]
  /** Where the message begins and ends; the same when there is none. */
  readonly start: number
  readonly end: number
}

export interface StructuredElement {
  readonly id: string
  readonly params: readonly (readonly [name: string, value: string])[]
}

/** What a message is that cannot be parsed: the reason. */
export interface SyslogFault {
  readonly fault: string
}

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron'],
  ...['authpriv', 'ftp', 'ntp', 'security', 'console', 'cron2'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
]

const SEVERITIES = [
  ...['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'],
]

/** The keyword of a facility, as promtail has it. */
export function facilityName(facility: number): string {
  return FACILITIES[facility] ?? ''
}

/** The word for a severity, as promtail has it. */
export function severityName(severity: number): string {
  return SEVERITIES[severity] ?? ''
}

/** The level of a severity in the words of Loki's `detected_level`. */
export function levelOfSeverity(severity: number): string {
  if (severity <= 2) return 'critical'
  return ['error', 'warn', 'info', 'info', 'debug'][severity - 3] ?? 'unknown'
}

const MOST_PRIORITY = 191

/** `<PRI>` at the beginning: the priority and where it ends; undefined when there is none. */
export function readPriority(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly priority: number; readonly at: number } | undefined {
  if (bytes[start] !== 0x3c) return undefined
  let priority = 0
  let at = start + 1
  for (; at < end && at < start + 4; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) break
    priority = priority * 10 + digit
  }
  if (at === start + 1 || bytes[at] !== 0x3e || at >= end || priority > MOST_PRIORITY) {
    return undefined
  }
  return { priority, at: at + 1 }
}
