import type { Written } from './compose-service.ts'

/** A flag of a command line, in the order in which it stands there. */
export interface Flag {
  readonly name: string
  /** Undefined for one without a value. */
  readonly value: string | undefined
  readonly place: string
}

/**
 * The flags among words, whether they are written `--name=value`, `-name=value` or `--name value`. A word behind a flag without
 * `=` is its value unless it begins with a dash, or is not there.
 */
export function flagsOf(words: readonly Written[]): readonly Flag[] {
  const flags: Flag[] = []
  for (let at = 0; at < words.length; at++) {
    const found = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(words[at]?.text ?? '')
    if (found === null) continue
    const [, name = '', value] = found
    const next = words[at + 1]?.text
    const place = words[at]?.place ?? ''
    const isNextValue = value === undefined && next !== undefined && !next.startsWith('-')
    if (isNextValue) at++
    flags.push({ name, value: value ?? (isNextValue ? next : undefined), place })
  }
  return flags
}
