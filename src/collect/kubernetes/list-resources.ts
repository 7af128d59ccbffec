import {
  isJsonObject,
  objectOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../discovery/json-value.ts'
import type { ApiQuery, KubernetesApi } from './api-client.ts'
import { KubernetesFault } from './kubernetes-fault.ts'
import { sizeOfKept } from './size-of-kept.ts'

/** Objects of one page; the next number is tried where a page is too large. */
const PAGE_SIZES = [250, 25, 2]
/** A server that goes on and on is not followed further. */
const MAX_EMPTY_PAGES = 20
const MAX_SEEN = 1_000_000

/** What one watch may keep. */
export interface ResourceBounds {
  readonly maxObjects: number
  /** Of what `read` leaves of the objects, as texts count. */
  readonly maxKeptBytes: number
}

/** A cluster of 5000 nodes has 150 000 pods; who watches that many does so by namespace or selector. */
export const DEFAULT_BOUNDS: ResourceBounds = {
  maxObjects: 50_000,
  maxKeptBytes: 96 * 1024 * 1024,
}

export interface ListOptions<T> {
  readonly api: KubernetesApi
  /** Of the collection: `/api/v1/pods`, `/api/v1/namespaces/default/pods`. */
  readonly path: string
  /** Selectors. */
  readonly query: ApiQuery
  /** What of an object is kept; undefined: nothing. Must not throw, whatever it is given. */
  readonly read: (object: JsonObject) => T | undefined
  readonly bounds: ResourceBounds
  readonly signal: AbortSignal
}

export interface ResourceList<T> {
  /** By `namespace/name`, or `name` of what is in no namespace. */
  readonly objects: Map<string, T>
  /** Where a watch goes on. */
  readonly resourceVersion: string
  readonly keptBytes: number
}

/** All objects of a collection, page by page. Rejects with a `KubernetesFault`, also when they are too many. */
export async function listResources<T>(options: ListOptions<T>): Promise<ResourceList<T>> {
  const { api, path, query, read, bounds, signal } = options
  const objects = new Map<string, T>()
  let keptBytes = 0
  let token = ''
  let emptyPages = 0
  let seen = 0
  const sizes = [...PAGE_SIZES]
  while (emptyPages < MAX_EMPTY_PAGES && seen < MAX_SEEN) {
    const more = token === '' ? {} : { continue: token }
    const page = await getPage(api, path, { ...query, ...more }, sizes, signal)
    if (!isJsonObject(page) || !Array.isArray(page['items'])) {
      throw new KubernetesFault(`the answer of the API server to ${path} is no list`)
    }
    const items = objectsOf(page['items'])
    seen += items.length
    if (items.length === 0) emptyPages++
    for (const object of items) {
      const kept = read(object)
      if (kept === undefined) continue
      objects.set(keyOf(object), kept)
      keptBytes += sizeOfKept(kept)
      checkBounds(path, objects.size, keptBytes, bounds)
    }
    const metadata = objectOf(page['metadata'])
    token = textOf(metadata['continue'])
    if (token === '') {
      return { objects, keptBytes, resourceVersion: textOf(metadata['resourceVersion']) }
    }
  }
  throw new KubernetesFault(`the API server does not come to the end of ${path}`)
}

/** Takes the sizes that are too large out of `sizes`, down to the last. */
async function getPage(
  api: KubernetesApi,
  path: string,
  query: ApiQuery,
  sizes: number[],
  signal: AbortSignal,
): Promise<unknown> {
  for (;;) {
    try {
      return await api.get(path, { ...query, limit: String(sizes[0]) }, signal)
    } catch (thrown) {
      const isLast = sizes.length < 2
      if (!(thrown instanceof KubernetesFault) || !thrown.isTooLarge || isLast) throw thrown
      sizes.shift()
    }
  }
}

/** Throws when more is kept than may be. */
export function checkBounds(
  path: string,
  count: number,
  keptBytes: number,
  { maxObjects, maxKeptBytes }: ResourceBounds,
): void {
  if (count > maxObjects) {
    throw new KubernetesFault(
      `${path} has more than ${maxObjects} objects: select fewer by namespaces or selectors`,
    )
  }
  if (keptBytes > maxKeptBytes) {
    throw new KubernetesFault(
      `the objects of ${path} take more than ${maxKeptBytes / 1024 / 1024} MiB: select fewer by namespaces or selectors`,
    )
  }
}

/** `namespace/name`, or `name` of what is in no namespace. */
export function keyOf(object: JsonObject): string {
  const { namespace, name } = objectOf(object['metadata'])
  const inNamespace = textOf(namespace)
  return inNamespace === '' ? textOf(name) : `${inNamespace}/${textOf(name)}`
}
