import { readFileSync } from 'node:fs'
import { messageOf } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import { splitDsns } from './parse-dsn.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A connection string, and the variable that it comes from. */
export interface NamedDsn {
  readonly from: string
  readonly text: string
}

/**
 * The connection strings of postgres_exporter's environment: `DATA_SOURCE_NAME`, which may hold several, or one made of
 * `DATA_SOURCE_URI`, `DATA_SOURCE_USER` and `DATA_SOURCE_PASS`. Each of those three has a form `…_FILE` that goes before it. None
 * where no variable names a server.
 */
export function dsnsOfEnvironment(env: Environment, faults: FaultList): NamedDsn[] {
  const name = env['DATA_SOURCE_NAME'] ?? ''
  if (name !== '') return splitDsns(name).map((text) => ({ from: 'DATA_SOURCE_NAME', text }))
  const uri = fileOr('DATA_SOURCE_URI', env, faults)
  if (uri === '') return []
  const user = fileOr('DATA_SOURCE_USER', env, faults)
  const password = fileOr('DATA_SOURCE_PASS', env, faults)
  const colon = password === '' ? '' : `:${encodeURIComponent(password)}`
  const who = user === '' && colon === '' ? '' : `${encodeURIComponent(user)}${colon}@`
  return [{ from: 'DATA_SOURCE_URI', text: `postgresql://${who}${uri}` }]
}

function fileOr(name: string, env: Environment, faults: FaultList): string {
  const file = env[`${name}_FILE`] ?? ''
  if (file === '') return env[name] ?? ''
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    fail(`${name}_FILE`, messageOf(thrown), faults)
    return ''
  }
}

/** What postgres_exporter's other variables say. */
export interface EnvironmentOptions {
  readonly discovers: boolean | undefined
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly queriesPath: string
  readonly hasDefaults: boolean
  readonly hasSettings: boolean
  /** `name, value, …` */
  readonly constantLabels: readonly string[]
  readonly prefix: string
}

export function optionsOfEnvironment(env: Environment, faults: FaultList): EnvironmentOptions {
  const flag = (name: string): boolean | undefined => {
    const text = env[`PG_EXPORTER_${name}`] ?? ''
    if (text === '') return undefined
    if (/^(?:1|t|true)$/i.test(text)) return true
    if (!/^(?:0|f|false)$/i.test(text))
      fail(`PG_EXPORTER_${name}`, `must be true or false, not ${text.slice(0, 100)}`, faults)
    return false
  }
  const list = (name: string): string[] =>
    (env[`PG_EXPORTER_${name}`] ?? '').split(',').filter((one) => one !== '')
  return {
    discovers: flag('AUTO_DISCOVER_DATABASES'),
    include: list('INCLUDE_DATABASES'),
    exclude: list('EXCLUDE_DATABASES'),
    queriesPath: env['PG_EXPORTER_EXTEND_QUERY_PATH'] ?? '',
    hasDefaults: flag('DISABLE_DEFAULT_METRICS') !== true,
    hasSettings: flag('DISABLE_SETTINGS_METRICS') !== true,
    constantLabels: readConstantLabels(list('CONSTANT_LABELS'), faults),
    prefix: readPrefix(env['PG_EXPORTER_METRIC_PREFIX'] ?? '', faults),
  }
}

function readConstantLabels(pairs: readonly string[], faults: FaultList): string[] {
  return pairs.flatMap((pair) => {
    const [name = '', value = '', ...rest] = pair.split('=').map((part) => part.trim())
    const isRight = rest.length === 0 && value !== '' && /^[A-Za-z_]\w*$/.test(name)
    if (isRight) return [name, value]
    fail('PG_EXPORTER_CONSTANT_LABELS', 'must be label=value, several separated by commas', faults)
    return []
  })
}

function readPrefix(text: string, faults: FaultList): string {
  if (text === '') return 'pg'
  if (/^[A-Za-z_]\w*$/.test(text)) return text
  fail('PG_EXPORTER_METRIC_PREFIX', 'must be the beginning of a metric name', faults)
  return 'pg'
}

function fail(variable: string, message: string, faults: FaultList): void {
  const place = { file: 'environment', line: 0, col: 0 }
  faults.add({ ...place, message: `${variable}: ${message}`, severity: 'error' })
}
