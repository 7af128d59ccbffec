import { createHash } from 'node:crypto'
import { builtInDatasources, type Datasource } from '../lang/dashboard/datasource.ts'
import type { JsonObject } from '../lang/dashboard/json-value.ts'
import type { Secret } from '../yaml/secret.ts'
import { numberOfUid } from './names.ts'

/** A source that a provisioning file names. */
export interface ProvisionedDatasource {
  readonly uid: string
  readonly name: string
  /** Grafana's plugin id. */
  readonly type: string
  /** Without credentials; '' for none. */
  readonly url: string
  readonly isDefault: boolean
  readonly jsonData: JsonObject
  readonly login: DatasourceLogin
}

/** How a foreign source is spoken to. */
export interface DatasourceLogin {
  readonly basicAuth: { readonly user: string; readonly password: Secret | undefined } | undefined
  /** `httpHeaderName1` of `jsonData` with `httpHeaderValue1` of `secureJsonData`. */
  readonly headers: readonly { readonly name: string; readonly value: Secret }[]
  readonly tls: {
    readonly skipVerify: boolean
    /** PEM. */
    readonly ca: string | undefined
    readonly cert: string | undefined
    readonly key: Secret | undefined
    readonly serverName: string | undefined
  }
}

/** A source as it is served. */
export interface ServedDatasource extends Datasource {
  readonly id: number
  readonly isDefault: boolean
  readonly url: string
  readonly jsonData: JsonObject
  /** Undefined for what Vedette is by itself. */
  readonly provisioned: ProvisionedDatasource | undefined
}

/** The types whose read paths are passed on. */
export const SIGNAL_OF_TYPE: Readonly<Record<string, 'metrics' | 'logs' | 'traces' | 'alerts'>> = {
  prometheus: 'metrics',
  loki: 'logs',
  tempo: 'traces',
  alertmanager: 'alerts',
}

/**
 * What panels may ask: what Vedette is by itself, and what provisioning names. A provisioned one takes the place of a built-in one
 * of the same name or uid; one that says it is the default is.
 */
export function serveDatasources(
  provisioned: readonly ProvisionedDatasource[],
): readonly ServedDatasource[] {
  const isTaken = ({ uid, name }: Datasource): boolean =>
    provisioned.some((each) => each.uid === uid || each.name === name)
  const hasDefault = provisioned.some(({ isDefault }) => isDefault)
  const own = builtInDatasources
    .filter((each) => !isTaken(each))
    .map((each) => serve(each, each.isDefault === true && !hasDefault))
  const named = provisioned.map((each) => serve(each, each.isDefault, each))
  return withDefault([...named, ...own])
}

function serve(
  { uid, name, type }: Datasource,
  isDefault: boolean,
  provisioned?: ProvisionedDatasource,
): ServedDatasource {
  const [url, jsonData] = [provisioned?.url ?? '', provisioned?.jsonData ?? {}]
  return { id: numberOfUid(`ds:${uid}`), uid, name, type, isDefault, url, jsonData, provisioned }
}

/** Somebody must be meant by who names no source. */
function withDefault(all: readonly ServedDatasource[]): readonly ServedDatasource[] {
  if (all.some(({ isDefault }) => isDefault)) return all
  const first = all.find(({ type }) => type === 'prometheus')
  return first === undefined
    ? all
    : [{ ...first, isDefault: true }, ...all.filter((each) => each !== first)]
}

/** The source of a uid, or of the uid that Grafana gives to a name, which dashboards hold. */
export function findDatasource(
  all: readonly ServedDatasource[],
  uid: string,
): ServedDatasource | undefined {
  return all.find((each) => each.uid === uid) ?? all.find((each) => uidOfName(each.name) === uid)
}

/** Grafana's uid for a provisioned source that has none: `Prometheus` → `PBFA97CFB590B2093`. */
export function uidOfName(name: string): string {
  return `P${createHash('sha256').update(name).digest('hex').slice(0, 16).toUpperCase()}`
}
