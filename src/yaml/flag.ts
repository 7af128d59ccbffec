import { parseDurationMs } from '../model/duration.ts'
import { parseBytes } from './bytes.ts'
import type { ConfigFault, FaultList } from './fault.ts'

/** A flag as the place of a fault. */
export function flagFault(
  flag: string,
  message: string,
  severity: ConfigFault['severity'] = 'error',
): ConfigFault {
  return { file: `--${flag}`, line: 0, col: 0, message, severity }
}

export interface FlagRule<T = number> {
  readonly parse: (text: string) => T | undefined
  /** Goes behind `must be`. */
  readonly must: string
}

/** The value of a flag; undefined, and a fault, when it is not what it must be. */
export function readFlag<T>(
  flag: string,
  text: string | undefined,
  faults: FaultList,
  rule: FlagRule<T>,
): T | undefined {
  if (text === undefined) return undefined
  const value = rule.parse(text)
  if (value === undefined)
    faults.add(flagFault(flag, `must be ${rule.must}, not ${JSON.stringify(text)}`))
  return value
}

export const DURATION = { parse: parseDurationMs, must: 'a duration such as 15d or 2m' }

export const POSITIVE_DURATION = {
  parse: (text: string): number | undefined => {
    const durationMs = parseDurationMs(text)
    return durationMs === 0 ? undefined : durationMs
  },
  must: 'a duration above 0, such as 5m',
}

export const SIZE = {
  parse: (text: string): number | undefined => {
    const sizeBytes = parseBytes(text)
    return sizeBytes === undefined || sizeBytes < 0 ? undefined : sizeBytes
  },
  must: 'a size with its unit, such as 512MB',
}

export const COUNT = {
  parse: (text: string): number | undefined =>
    /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined,
  must: 'a whole number above 0',
}

/** A size, or a plain number of bytes: the names of these flags say the unit. */
export const BYTE_COUNT = {
  parse: (text: string): number | undefined => COUNT.parse(text) ?? SIZE.parse(text),
  must: 'a number of bytes or a size with its unit, such as 64MiB',
}
