import type { ConfigFault } from '../../yaml/fault.ts'
import type { Verdict } from './finding.ts'

/** Faults that say nothing of support: a file that is not there yet, a value that is to be filled in, what did nothing before either. */
const AS_BEFORE =
  /^(?:no (?:rule )?file is at|there is no file|.* is a placeholder|is named nowhere in service|pipelines\.\S+ has no exporter to a store)/

/** How readers of configurations say that something does nothing. */
const IGNORED = [
  /\b(?:has|have|had) no effect\b/,
  /\bno effect here\b/,
  /^only .* (?:has|have) an effect/,
  /\bnothing listens there\b/,
  /\bno block storage is used\b/,
  /\b(?:is|are) not (?:read|supported|asked|made|measured|used)\b/,
  /\bnot supported yet\b/,
  /\bbounds the whole program instead\b/,
  /\bthere are no tenants here\b/,
  /\bsays? where .* answers?, not this$/,
  /\bcannot be asked\b/,
]

/** What a fault means for what it is said of. */
export function judgeFault(fault: ConfigFault): Verdict {
  if (fault.severity === 'error') return 'wrong'
  const text = textOf(fault)
  if (AS_BEFORE.test(text)) return 'supported'
  return IGNORED.some((pattern) => pattern.test(text)) ? 'ignored' : 'changed'
}

/** The message without the key that it begins with. */
export function textOf({ message }: ConfigFault): string {
  return message.replace(/^[^\s:]+: /, '')
}

/** The key that a message begins with, `rule_files` for `rule_files[0]`; '' for none. */
export function keyOf({ message }: ConfigFault): string {
  return /^([^\s:]+): /.exec(message)?.[1]?.replace(/(?:\[\d+\])+$/, '') ?? ''
}

/**
 * Of what stands below a key that is ignored, the part that is heeded, as names below it (`compaction.block_retention`); undefined:
 * nothing is.
 */
export function heededBelow(text: string): readonly string[] | undefined {
  const named = /^only ([\w., ]+?) (?:has|have) an effect/.exec(text)?.[1]
  return named?.split(/,| and /).map((name) => name.trim())
}

/** Where only some keys below are ignored, their names: `batchwait, timeout: no effect here`. */
export function ignoredBelow(text: string): readonly string[] | undefined {
  const named = /^([\w]+(?:, \w+)*): no effect here/.exec(text)?.[1]
  return named?.split(', ')
}
