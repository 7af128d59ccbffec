import { redact } from './redact.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ['logfmt', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export type LogValue = string | number | boolean | bigint | null | undefined | Error

/** What a line says besides its message. Names are plain words (`component`, `path`, `duration_ms`); undefined is left out. */
export type LogFields = Readonly<Record<string, LogValue>>

/**
 * The log of the program. A message says what happened in one sentence; everything variable goes into fields. Values of fields
 * whose name speaks of a secret, and credentials inside URLs, are replaced before they are written (redact.ts).
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds these fields to every line, e.g. `log.child({ component: 'scrape' })`. */
  child(fields: LogFields): Log
}

export interface LogOptions {
  readonly level?: LogLevel
  readonly format?: LogFormat
  /** Takes one whole line, with its newline. Default: standard error. */
  readonly write?: (line: string) => void
  readonly now?: () => Date
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Longest value of one field, in UTF-16 units: a log line must not carry a whole body. */
const MAX_VALUE_LENGTH = 4096

/** True when the text names a level; for reading `--log.level`. */
export function isLogLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some((level) => level === text)
}

/** True when the text names a format; for reading `--log.format`. */
export function isLogFormat(text: string): text is LogFormat {
  return LOG_FORMATS.some((format) => format === text)
}

/**
 * Builds the log. Lines have the keys of Prometheus's own log (`time level msg`, then fields), so that pipelines that parse the
 * original parse ours.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', format = 'logfmt', write = writeToStderr } = options
  const now = options.now ?? (() => new Date())
  const least = RANK[level]
  const encode = format === 'json' ? encodeJson : encodeLogfmt

  const build = (inherited: LogFields): Log => {
    const at = (lineLevel: LogLevel) => {
      if (RANK[lineLevel] < least) return () => undefined
      return (message: string, fields?: LogFields) => {
        const head = { time: now().toISOString(), level: lineLevel.toUpperCase(), msg: message }
        write(encode({ ...head, ...namedApart(inherited), ...namedApart(fields) }))
      }
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => build({ ...inherited, ...fields }),
    }
  }
  return build({})
}

/** A log that says nothing, for tests and tools. */
export function silentLog(): Log {
  return createLog({ write: () => undefined })
}

/** A field that has the name of one of the three leading keys must not replace it. */
function namedApart(fields: LogFields | undefined): LogFields {
  if (fields === undefined) return {}
  const out: Record<string, LogValue> = {}
  for (const [name, value] of Object.entries(fields)) {
    out[name === 'time' || name === 'level' || name === 'msg' ? `${name}_` : name] = value
  }
  return out
}

function encodeLogfmt(fields: LogFields): string {
  let line = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const shown = textOf(name, value)
    const key = name.replace(/[\s="]/g, '_')
    line += `${line === '' ? '' : ' '}${key}=${needsQuotes(shown) ? JSON.stringify(shown) : shown}`
  }
  return line + '\n'
}

function needsQuotes(text: string): boolean {
  return text === '' || /[\s="\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
}

function encodeJson(fields: LogFields): string {
  const out: Record<string, string | number | boolean | null> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const isPlain = typeof value === 'boolean' || value === null
    const isNumber = typeof value === 'number' && Number.isFinite(value)
    out[name] = isPlain || isNumber ? value : textOf(name, value)
  }
  return JSON.stringify(out) + '\n'
}

function textOf(name: string, value: Exclude<LogValue, undefined>): string {
  const text = value instanceof Error ? causesOf(value) : String(value)
  const safe = redact(name, text)
  if (safe.length <= MAX_VALUE_LENGTH) return safe
  return `${safe.slice(0, MAX_VALUE_LENGTH)}… (${safe.length} characters)`
}

/** `message: cause: cause of the cause`, without repeating what a message already quotes. */
function causesOf(error: Error): string {
  let text = error.message || error.name
  let cause: unknown = error.cause
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (!text.includes(cause.message)) text += `: ${cause.message}`
    cause = cause.cause
  }
  return text
}

function writeToStderr(line: string): void {
  process.stderr.write(line)
}
