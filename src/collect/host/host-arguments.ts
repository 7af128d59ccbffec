import type { FlagArguments } from './flag-reader.ts'
import { describeHostFlags } from './flags.ts'

/** A command line in two parts. */
export interface SplitArguments {
  /** node_exporter's flags, for `readHostFlags`. */
  readonly host: FlagArguments
  /** Everything else, in order. */
  readonly rest: readonly string[]
}

const HOST_FLAG = /^--((?:no-)?(?:collector|path)\.[^=]+)(?:=(.*))?$/s

/**
 * Takes node_exporter's flags out of a command line, in every form that node_exporter knows: `--name=value`, `--name value`,
 * `--switch`, `--no-switch`, and flags that are repeated. A flag that is not known takes no following word; `readHostFlags` then
 * says what is wrong with it.
 */
export function splitHostArguments(args: readonly string[]): SplitArguments {
  const switches = new Map<string, boolean>()
  for (const { name, oldName, isSwitch } of describeHostFlags()) {
    switches.set(name, isSwitch)
    if (oldName !== undefined) switches.set(oldName, isSwitch)
  }
  const host = new Map<string, string | boolean | readonly string[]>()
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string
    // After a bare -- nothing is a flag.
    if (word === '--') return { host, rest: [...rest, ...args.slice(i)] }
    const [, name, attached] = HOST_FLAG.exec(word) ?? []
    if (name === undefined) {
      rest.push(word)
      continue
    }
    const next = args[i + 1]
    const takesNext = attached === undefined && switches.get(name) === false && next !== undefined
    if (takesNext) i++
    const value = attached ?? (takesNext ? next : true)
    const before = host.get(name)
    host.set(name, typeof value === 'string' ? joined(before, value) : value)
  }
  return { host, rest }
}

function joined(
  before: string | boolean | readonly string[] | undefined,
  value: string,
): string | readonly string[] {
  if (before === undefined || typeof before === 'boolean') return value
  return typeof before === 'string' ? [before, value] : [...before, value]
}
