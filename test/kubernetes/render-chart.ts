import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import {
  anything,
  anInt,
  aString,
  define,
  defineRest,
  type GoFunction,
} from '../../src/lang/gotemplate/function.ts'
import { sprint } from '../../src/lang/gotemplate/print.ts'
import { TemplateSet } from '../../src/lang/gotemplate/template.ts'
import { GoMap, GoSlice, GoStruct, isTrue, type GoValue } from '../../src/lang/gotemplate/value.ts'
import { printYaml } from '../../src/yaml/print.ts'
import { isMap, type Json } from './json.ts'

/** What `helm template` is told. */
export interface Release {
  readonly name: string
  readonly namespace: string
  /** Go over those of the chart. */
  readonly values: Json
  /** Versions of the API that the cluster has beside Kubernetes's own. */
  readonly apiVersions: readonly string[]
}

/**
 * What `helm template` prints for a chart, as far as the templates here go: Go's templates with the functions of Helm that they
 * use. Charts that it depends on are left out.
 */
export function renderChart(folder: string, release: Release): string {
  const set = new TemplateSet({ functions: FUNCTIONS, missingKey: 'default' })
  const templates = path.join(folder, 'templates')
  const names = readdirSync(templates).sort()
  for (const name of names) set.parse(name, readFileSync(path.join(templates, name), 'utf8'))
  const data = releaseData(folder, release)
  return names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `---\n${set.evaluateSync(name, data)}\n`)
    .join('')
}

/** The same for one file, such as NOTES.txt. */
export function renderFile(folder: string, file: string, release: Release): string {
  const set = new TemplateSet({ functions: FUNCTIONS, missingKey: 'default' })
  const templates = path.join(folder, 'templates')
  for (const name of readdirSync(templates))
    set.parse(name, readFileSync(path.join(templates, name), 'utf8'))
  return set.evaluateSync(file, releaseData(folder, release))
}

/** The values of a file of YAML. */
export function readValues(file: string): Json {
  const values: unknown = parse(readFileSync(file, 'utf8'))
  if (!isMap(values)) throw new Error(`${file} is no mapping`)
  return values
}

/** As Helm merges them: mappings key by key, everything else as a whole. */
export function mergeValues(under: Json, over: Json): Json {
  const merged = Object.entries(over).map(([key, value]): [string, unknown] => {
    const before = under[key]
    return [key, isMap(before) && isMap(value) ? mergeValues(before, value) : value]
  })
  return { ...under, ...Object.fromEntries(merged) }
}

/** `.Capabilities.APIVersions`. */
class VersionSet extends GoStruct {
  readonly #versions: readonly string[]

  constructor(versions: readonly string[]) {
    super('chartutil.VersionSet', {})
    this.#versions = versions
  }

  override method(name: string): GoFunction | undefined {
    if (name !== 'Has') return undefined
    return define([aString], (version) => this.#versions.includes(version))
  }
}

function releaseData(folder: string, release: Release): GoValue {
  const chart = readValues(path.join(folder, 'Chart.yaml'))
  const values = mergeValues(readValues(path.join(folder, 'values.yaml')), release.values)
  return new GoMap(
    new Map<string, GoValue>([
      ['Values', toGo(values)],
      ['Chart', toGo({ Name: chart['name'], AppVersion: chart['appVersion'] })],
      ['Release', toGo({ Name: release.name, Namespace: release.namespace, Service: 'Helm' })],
      ['Capabilities', new GoMap(new Map([['APIVersions', new VersionSet(release.apiVersions)]]))],
    ]),
  )
}

function toGo(value: unknown): GoValue {
  if (Array.isArray(value)) return new GoSlice(value.map(toGo))
  if (isMap(value)) {
    return new GoMap(new Map(Object.entries(value).map(([key, each]) => [key, toGo(each)])))
  }
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

function toPlain(value: GoValue): unknown {
  if (value instanceof GoSlice) return value.items.map(toPlain)
  if (value instanceof GoMap) {
    const keys = [...value.source.keys()].sort()
    return Object.fromEntries(keys.map((key) => [key, toPlain(value.source.get(key))]))
  }
  return typeof value === 'bigint' ? Number(value) : value
}

const MAX_LENGTH = 1024 * 1024

function textOf(value: GoValue): string {
  return typeof value === 'string' ? value : sprint([value], MAX_LENGTH)
}

function indent(spaces: bigint, text: string): string {
  const pad = ' '.repeat(Number(spaces))
  return text.replace(/^/gm, pad)
}

/** https://helm.sh/docs/chart_template_guide/function_list/ */
const FUNCTIONS: ReadonlyMap<string, GoFunction> = new Map([
  ['include', define([aString, anything], (name, data, context) => context.execute(name, data))],
  ['toYaml', define([anything], (value) => printYaml(toPlain(value)).replace(/\n$/, ''))],
  ['int', define([anything], (value) => (typeof value === 'bigint' ? value : 0n))],
  [
    'fail',
    define([aString], (message) => {
      throw new Error(message)
    }),
  ],
  ['indent', define([anInt, aString], indent)],
  ['nindent', define([anInt, aString], (spaces, text) => `\n${indent(spaces, text)}`)],
  ['default', define([anything, anything], (other, given) => (isTrue(given) ? given : other))],
  [
    'quote',
    defineRest(anything, (args) => args.map((arg) => JSON.stringify(textOf(arg))).join(' ')),
  ],
  [
    'replace',
    define([aString, aString, aString], (old, next, text) => text.replaceAll(old, () => next)),
  ],
  ['sha256sum', define([aString], (text) => createHash('sha256').update(text).digest('hex'))],
])
