import { Problem } from '../../model/problem.ts'
import { parseDurationMs } from '../../model/duration.ts'
import type { NamePatterns } from './name-filter.ts'

/** What a command line gave, by name without the leading dashes. A repeated flag is a list. */
export type FlagArguments = ReadonlyMap<string, string | boolean | readonly string[]>

/** One flag for `--help` and the documentation. */
export interface FlagHelp {
  readonly name: string
  readonly help: string
  /** A switch is `--name` or `--no-name` and takes no value. */
  readonly isSwitch: boolean
  /** '' when there is none. */
  readonly defaultValue: string
  /** An older name that is still taken. */
  readonly oldName?: string
}

/** Older names that node_exporter still accepts. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  'collector.filesystem.mount-points-exclude': 'collector.filesystem.ignored-mount-points',
  'collector.filesystem.fs-types-exclude': 'collector.filesystem.ignored-fs-types',
  'collector.diskstats.device-exclude': 'collector.diskstats.ignored-devices',
  'collector.netdev.device-exclude': 'collector.netdev.device-blacklist',
  'collector.netdev.device-include': 'collector.netdev.device-whitelist',
}

/**
 * Reads flags one by one and remembers which were asked for, so that the same lines declare them, read them and know the
 * unknown ones. Every wrong value is a `Problem` of code `bad_data` that names the flag.
 */
export class FlagReader {
  readonly #given: FlagArguments
  readonly #known = new Map<string, FlagHelp>()

  constructor(given: FlagArguments) {
    this.#given = given
  }

  /** `--name VALUE`. */
  text(name: string, defaultValue: string, help: string): string {
    const values = this.#values(name, defaultValue, help)
    const last = values[values.length - 1]
    return last ?? defaultValue
  }

  /** `--name VALUE`, any number of times. */
  list(name: string, help: string): string[] {
    return this.#values(name, '', help).filter((value) => value !== '')
  }

  /** `--name` or `--no-name`; `true` and `false` are understood as values too. */
  boolean(name: string, defaultValue: boolean, help: string): boolean {
    return this.optionalBoolean(name, help, String(defaultValue)) ?? defaultValue
  }

  /** Like `boolean`, but undefined when the flag was not given. */
  optionalBoolean(name: string, help: string, defaultText: string): boolean | undefined {
    this.#declare({ name, help, defaultValue: defaultText, isSwitch: true })
    const yes = readBoolean(name, this.#given.get(name))
    const no = readBoolean(`no-${name}`, this.#given.get(`no-${name}`))
    return no === undefined ? yes : !no
  }

  /** `--name 5s`, in milliseconds. */
  durationMs(name: string, defaultValue: string, help: string): number {
    const text = this.text(name, defaultValue, help)
    const durationMs = parseDurationMs(text)
    if (durationMs === undefined || durationMs === 0) {
      throw new Problem('bad_data', `--${name}: "${text}" is not a duration such as 5s or 500ms`)
    }
    return durationMs
  }

  /**
   * `--name-exclude` and `--name-include`, which exclude each other as in node_exporter: an include replaces the default
   * exclude, and both given is an error.
   */
  patterns(name: string, defaultExclude: string, what: string): NamePatterns {
    const excludeName = `${name}-exclude`
    const includeName = `${name}-include`
    const exclude = this.text(
      excludeName,
      defaultExclude,
      `Regexp of ${what} to leave out (not together with -include).`,
    )
    const include = this.text(
      includeName,
      '',
      `Regexp of ${what} to take, and no others (not together with -exclude).`,
    )
    if (include === '') return { exclude, include }
    if (exclude !== '' && this.#wasGiven(excludeName)) {
      throw new Problem('bad_data', `--${excludeName} and --${includeName} exclude each other`)
    }
    return { exclude: '', include }
  }

  /** A flag that is taken, whatever its value, and does nothing. */
  accept(name: string): void {
    const help = 'Taken for compatibility; does nothing here.'
    this.#declare({ name, help, defaultValue: '', isSwitch: true })
  }

  /** All flags declared so far, by name. */
  get declared(): FlagHelp[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** The names given that start with `collector.`, `no-collector.` or `path.` and were never asked for. */
  get unknown(): string[] {
    const old = new Set(Object.values(OLD_NAMES))
    return [...this.#given.keys()].filter(
      (name) =>
        /^(?:no-)?(?:collector|path)\./.test(name) &&
        !this.#known.has(name.replace(/^no-/, '')) &&
        !old.has(name),
    )
  }

  #wasGiven(name: string): boolean {
    const old = OLD_NAMES[name]
    return this.#given.has(name) || (old !== undefined && this.#given.has(old))
  }

  #values(name: string, defaultValue: string, help: string): readonly string[] {
    const old = OLD_NAMES[name]
    const oldName = old === undefined ? {} : { oldName: old }
    this.#declare({ name, help, defaultValue, isSwitch: false, ...oldName })
    if (old !== undefined && this.#given.has(old)) {
      if (this.#given.has(name)) {
        throw new Problem(
          'bad_data',
          `--${old} is the old name of --${name}: give only one of them`,
        )
      }
      return asTexts(old, this.#given.get(old))
    }
    return asTexts(name, this.#given.get(name))
  }

  #declare(help: FlagHelp): void {
    this.#known.set(help.name, help)
  }
}

function asTexts(
  name: string,
  value: string | boolean | readonly string[] | undefined,
): readonly string[] {
  if (value === undefined) return []
  if (typeof value === 'boolean') throw new Problem('bad_data', `--${name} needs a value`)
  return typeof value === 'string' ? [value] : value
}

function readBoolean(
  name: string,
  value: string | boolean | readonly string[] | undefined,
): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  if (value === 'true' || value === '') return true
  if (value === 'false') return false
  throw new Problem('bad_data', `--${name} takes no value other than true or false`)
}
