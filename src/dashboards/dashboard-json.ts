import {
  copyJson,
  isObject,
  listOf,
  objectOf,
  objectsOf,
  textOf,
  without,
  type JsonObject,
} from '../lang/dashboard/json-value.ts'
import { Problem } from '../model/problem.ts'
import { DashboardFault } from './fault.ts'
import { checkUid } from './names.ts'

/** Longer ones are refused before they are parsed. Node Exporter Full has 0.5 MiB. */
export const MAX_DASHBOARD_BYTES = 10 * 1024 * 1024

/** As lang/dashboard reads at most: more would take a browser minutes. */
const MAX_PANELS = 5000
const MAX_TITLE_LENGTH = 5000
const MAX_TAGS = 200
const MAX_TAG_LENGTH = 200

/** What a list needs to know of a dashboard's JSON. */
export interface DashboardNames {
  /** '' when it has none. */
  readonly uid: string
  readonly title: string
  readonly tags: readonly string[]
}

/**
 * A dashboard that came from outside as an object of our own: without keys that would reach a prototype, and of bounded depth and
 * number of panels. Throws a `Problem`.
 */
export function readRawDashboard(value: unknown): JsonObject {
  if (!isObject(value)) throw new Problem('bad_data', 'dashboard must be a JSON object')
  const raw = objectOf(copyJson(value))
  const count = countPanels(raw)
  if (count > MAX_PANELS) {
    throw new Problem(
      'bad_data',
      `the dashboard has ${count} panels; at most ${MAX_PANELS} are kept`,
    )
  }
  return raw
}

/**
 * The dashboard in a resource of Kubernetes' form (`apiVersion`, `kind`, `metadata`, `spec`), as Grafana 13 and its Terraform
 * provider send it; its uid is the resource's name. Anything else stays what it is.
 */
export function unwrapResource(value: unknown): unknown {
  const { apiVersion, kind, metadata, spec } = objectOf(value)
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(spec)) return value
  const name = textOf(objectOf(metadata)['name'])
  return spec['uid'] === undefined && name !== undefined ? { ...spec, uid: name } : spec
}

function countPanels(raw: JsonObject): number {
  const rows = objectsOf(raw['rows']).map((row) => listOf(row['panels']).length + 1)
  const panels = objectsOf(raw['panels']).map((panel) => listOf(panel['panels']).length + 1)
  return [...rows, ...panels].reduce((sum, count) => sum + count, 0)
}

/** The names of a dashboard that is to be saved. Throws a `DashboardFault` that Grafana's clients know. */
export function readNames(raw: JsonObject): DashboardNames {
  const title = withoutNul(textOf(raw['title']) ?? '').trim()
  if (title === '') throw new DashboardFault('title-empty')
  if (title.length > MAX_TITLE_LENGTH) throw new DashboardFault('title-too-long')
  const uid = (textOf(raw['uid']) ?? '').trim()
  return { title, tags: readTags(raw), uid: uid === '' ? '' : checkUid(uid) }
}

/** The tags, without doubles. */
export function readTags(raw: JsonObject): string[] {
  const texts = listOf(raw['tags']).flatMap((tag) => textOf(tag) ?? [])
  const tags = [...new Set(texts.map((tag) => withoutNul(tag).slice(0, MAX_TAG_LENGTH)))]
  return tags.slice(0, MAX_TAGS)
}

/** A database breaks on it. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '')
}

const OF_THE_PLACE: ReadonlySet<string> = new Set(['id', 'version'])

/** The text of a dashboard as it is kept: what belongs to the place where it is kept (its number and version) is left out. */
export function writeKept(raw: JsonObject, uid: string): string {
  return JSON.stringify({ ...without(raw, OF_THE_PLACE), uid })
}
