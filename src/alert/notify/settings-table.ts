import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { pick } from '../../yaml/plain.ts'
import type { PlainRecord, PlainValue } from '../../yaml/section.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import { readGoDurationMs, readTemplate, readTemplateMap, readUrlText } from './fields.ts'
import { printShape, readShape, readShapeMap, type TemplateShape } from './template-shape.ts'
import {
  printSecretSource,
  readSecretSource,
  readSecretUrlSource,
  type SecretSource,
} from './secret-source.ts'

/** How one setting is read from its key, and printed again. Methods, so that a table may hold settings of all types. */
export interface Setting<T> {
  read(map: YamlMap, key: string, context: ReadContext): T
  /** By key; what is undefined, empty, or an empty text is left out. */
  print(value: T, key: string): Readonly<Record<string, PlainValue | undefined>>
}

/** Settings by name; the key in the file is the name with underscores (`iconUrl`: `icon_url`). */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>

/** The values that a table reads. */
export type SettingsOf<F extends SettingsTable> = {
  readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never
}

/** The key of a setting in the file. */
function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Each value was made by the setting of its name. */
function hasAll<F extends SettingsTable>(table: F, values: object): values is SettingsOf<F> {
  return Object.keys(table).every((name) => name in values)
}

/** Reads all settings of a table from a mapping, and leaves other keys alone. */
export function readTable<F extends SettingsTable>(
  table: F,
  map: YamlMap,
  context: ReadContext,
): SettingsOf<F> {
  const values = Object.entries(table).map(([name, setting]): [string, unknown] => [
    name,
    setting.read(map, keyOf(name), context),
  ])
  const settings: object = Object.fromEntries(values)
  if (!hasAll(table, settings)) throw new Error('a setting of the table was not read')
  return settings
}

/** The settings as a mapping of the file, in the order of the table. */
export function printTable<F extends SettingsTable>(table: F, values: SettingsOf<F>): PlainRecord {
  const printed = Object.entries(table).flatMap(([name, setting]) =>
    Object.entries(pick(setting.print(values[name], keyOf(name)))),
  )
  return Object.fromEntries(printed)
}

const printAsIs = (
  value: PlainValue | undefined,
  key: string,
): Record<string, PlainValue | undefined> => ({ [key]: value })

/** A text that may be a Go template. */
export function template(fallback = ''): Setting<string> {
  return { read: (map, key) => readTemplate(map.key(key)) ?? fallback, print: printAsIs }
}

/** A text in which nothing is replaced but `${VAR}`. */
export function text(fallback = ''): Setting<string> {
  return { read: (map, key) => map.key(key).asString() ?? fallback, print: printAsIs }
}

/** A list of templates. */
export function templates(): Setting<readonly string[]> {
  return {
    read: (map, key) => (map.key(key).asList() ?? []).map((item) => readTemplate(item) ?? ''),
    print: printAsIs,
  }
}

/** Free keys with templates as values. */
export function templateMap(): Setting<Readonly<Record<string, string>>> {
  return { read: (map, key) => readTemplateMap(map.key(key)), print: printAsIs }
}

/** True or false, printed when it is true. */
export function flag(): Setting<boolean> {
  return {
    read: (map, key) => map.key(key).asBool() ?? false,
    print: (value, key) => ({ [key]: value ? true : undefined }),
  }
}

/** True or false, printed always. */
export function shownFlag(): Setting<boolean> {
  return { read: (map, key) => map.key(key).asBool() ?? false, print: printAsIs }
}

/** True, false, or not said. */
export function optionalFlag(): Setting<boolean | undefined> {
  return { read: (map, key) => map.key(key).asBool(), print: printAsIs }
}

/** A whole number that is not negative; 0 when it is not said. */
export function count(): Setting<number> {
  return { read: (map, key) => map.key(key).asInteger({ min: 0 }) ?? 0, print: printAsIs }
}

/** A whole number; 0 when it is not said, and left out then. */
export function integer(): Setting<number> {
  return {
    read: (map, key) => map.key(key).asInteger() ?? 0,
    print: (value, key) => ({ [key]: value === 0 ? undefined : value }),
  }
}

/** A duration of Go's notation, in milliseconds; left out when it is 0, which older versions of amtool do not know. */
export function goDurationMs(fallbackMs = 0): Setting<number> {
  return {
    read: (map, key) => readGoDurationMs(map.key(key)) ?? fallbackMs,
    print: (value, key) => ({ [key]: value === 0 ? undefined : formatGoDuration(value) }),
  }
}

/** A duration of Prometheus's notation, in milliseconds; 0, and left out, when it is not said. */
export function durationMs(): Setting<number> {
  return {
    read: (map, key) => map.key(key).durationMs() ?? 0,
    print: (value, key) => ({ [key]: value === 0 ? undefined : formatDurationMs(value) }),
  }
}

/** A secret, or the file that holds it under the key with `_file`. */
export function secret(): Setting<SecretSource | undefined> {
  return {
    read: (map, key, context) => readSecretSource(map, key, context),
    print: (value, key) => printSecretSource(key, value),
  }
}

/** A URL that is a secret, because who knows it may post; or the file that holds it. */
export function secretUrl(): Setting<SecretSource | undefined> {
  return { read: readSecretUrlSource, print: (value, key) => printSecretSource(key, value) }
}

/** A setting that is also known under a second key, which the original reads by the name of Go's field. */
export function orUnder<T>(secondKey: string, setting: Setting<T>): Setting<T> {
  return {
    read: (map, key, context) => {
      const second = map.key(secondKey)
      return setting.read(map, second.isPresent ? secondKey : key, context)
    },
    print: (value, key) => setting.print(value, key),
  }
}

/** A URL of http or https. */
export function url(): Setting<string | undefined> {
  return { read: (map, key) => readUrlText(map.key(key)), print: printAsIs }
}

/** One of a few words. */
export function word<T extends string>(words: readonly T[], fallback: T): Setting<T> {
  return {
    read: (map, key) => {
      const node = map.key(key)
      const isEmptyText = node.isScalar && node.asString() === ''
      // An empty text is Go's "not said", unless it is one of the words.
      if (isEmptyText && !words.some((each) => each === '')) return fallback
      return node.asOneOf(words) ?? fallback
    },
    print: printAsIs,
  }
}

/** A value of any shape whose texts are templates; undefined when it is absent. */
export function shape(): Setting<TemplateShape | undefined> {
  return {
    read: (map, key) => (map.key(key).isPresent ? readShape(map.key(key)) : undefined),
    print: (value, key) => ({ [key]: value === undefined ? undefined : printShape(value) }),
  }
}

/** Free keys with values of any shape. */
export function shapeMap(): Setting<Readonly<Record<string, TemplateShape>>> {
  return {
    read: (map, key) => readShapeMap(map.key(key)),
    print: (value, key) => ({ [key]: printShape(value) }),
  }
}

/** Reports faults beyond those of single settings. */
export type TableCheck = (map: YamlMap) => void

/** A mapping with settings of its own; undefined when it is absent. */
export function group<F extends SettingsTable>(
  table: F,
  check?: TableCheck,
): Setting<SettingsOf<F> | undefined> {
  return {
    read: (map, key, context) => {
      const inner = map.key(key).asMap()
      if (!inner) return undefined
      const values = readTable(table, inner, context)
      check?.(inner)
      inner.finish()
      return values
    },
    print: (value, key) => ({ [key]: value && printTable(table, value) }),
  }
}

/** A list of mappings with settings of their own. */
export function groups<F extends SettingsTable>(
  table: F,
  check?: TableCheck,
): Setting<readonly SettingsOf<F>[]> {
  return {
    read: (map, key, context) =>
      (map.key(key).asList() ?? []).flatMap((item) => {
        const inner = item.asMap()
        if (!inner) return item.isEmpty ? (item.error('must not be empty') ?? []) : []
        const values = readTable(table, inner, context)
        check?.(inner)
        inner.finish()
        return [values]
      }),
    print: (value, key) => ({ [key]: value.map((item) => printTable(table, item)) }),
  }
}
