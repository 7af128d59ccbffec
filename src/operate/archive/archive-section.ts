import type { ArchivedSignal } from '../../store/archive-gate.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { Secret } from '../../yaml/secret.ts'

/** Where old data goes. */
export type ArchivePlace =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3'
      /** `https://s3.eu-west-1.amazonaws.com`, without a path. */
      readonly endpoint: string
      readonly bucket: string
      /** Without slashes at its ends; never empty. */
      readonly prefix: string
      readonly region: string
      readonly accessKey: string
      readonly secretKey: Secret
      /** What of it may lie on the first disk, in bytes. */
      readonly cacheBytes: number
    }

/** A second disk for old partitions, which queries see. */
export interface ArchiveSettings {
  readonly place: ArchivePlace
  /** Days that ended so long ago go there. */
  readonly afterMs: number
  readonly signals: readonly ArchivedSignal[]
  /** Bytes a second that are moved, on average. */
  readonly bytesPerSecond: number
}

const DAY_MS = 86_400_000
const MIB = 1024 * 1024
const GIB = 1024 * MIB
const DEFAULT_CACHE_BYTES = GIB
/** A few of the engine's segments. */
const LEAST_CACHE_BYTES = 64 * MIB
const SIGNALS = ['metrics', 'logs', 'traces'] as const satisfies readonly ArchivedSignal[]

/**
 * Reads `archive: {s3: {endpoint, bucket, prefix, region, access_key, secret_key, cache}, path, after, signals, rate}`; undefined when there is none, or a
 * fault in it.
 */
export function readArchiveSection(node: YamlNode | undefined): ArchiveSettings | undefined {
  const map = node?.asMap()
  if (map === undefined) return undefined
  const [s3, folder] = [map.key('s3'), map.key('path')]
  const [after, signals, rate] = [map.key('after'), map.key('signals'), map.key('rate')]
  const place = readPlace(map, s3, folder)
  const afterMs = after.durationMs() ?? 30 * DAY_MS
  if (afterMs < DAY_MS) after.error('must be at least 1d: what is younger is still written to')
  const named = signals.asList()?.map((item) => item.asOneOf(SIGNALS))
  const bytesPerSecond = rate.bytes() ?? 20 * MIB
  if (bytesPerSecond < 64 * 1024) rate.error('must be at least 64KiB (a second)')
  map.finish()
  return place && { place, afterMs, signals: definedOf(named) ?? SIGNALS, bytesPerSecond }
}

function readPlace(map: YamlMap, s3: YamlNode, folder: YamlNode): ArchivePlace | undefined {
  if (s3.isEmpty === folder.isEmpty) {
    return map.node.error('needs either path (a folder on another disk) or s3 (a bucket)')
  }
  if (s3.isEmpty) {
    const path = folder.asString() ?? ''
    if (!path.startsWith('/')) return folder.error('must be an absolute path of a folder')
    return { kind: 'folder', path: path.replace(/\/+$/, '') }
  }
  const bucket = s3.asMap()
  const found = bucket && readBucket(bucket)
  bucket?.finish()
  return found
}

function readBucket(map: YamlMap): ArchivePlace | undefined {
  const endpoint = map.key('endpoint').asString() ?? ''
  const name = map.key('bucket').asString() ?? ''
  const prefix = (map.key('prefix').asString() ?? '').replace(/^\/+|\/+$/g, '')
  const region = map.key('region').asString() ?? 'us-east-1'
  const accessKey = map.key('access_key').asString() ?? ''
  const secretKey = map.key('secret_key').asSecret()
  const cacheBytes = map.key('cache').bytes() ?? DEFAULT_CACHE_BYTES
  if (!isOrigin(endpoint)) {
    return map
      .key('endpoint')
      .error(
        'must be an address such as https://s3.eu-west-1.amazonaws.com or http://minio:9000, without a path',
      )
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    return map.key('bucket').error('must be the name of a bucket: 3 to 63 of a-z, 0-9, "." and "-"')
  }
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(prefix)) {
    return map
      .key('prefix')
      .error('is needed, of letters, digits, "_", ".", "-" and "/": each server has one of its own')
  }
  if (!/^[a-z0-9-]+$/.test(region))
    return map.key('region').error('must be a region such as eu-west-1')
  if (accessKey === '') return map.key('access_key').error('is needed')
  if (secretKey === undefined)
    return map.key('secret_key').error('is needed: ${file:PATH} keeps it out of this file')
  if (cacheBytes < LEAST_CACHE_BYTES) return map.key('cache').error('must be at least 64MiB')
  return {
    ...{ kind: 's3', endpoint: endpoint.replace(/\/$/, ''), bucket: name, prefix, region },
    ...{ accessKey, secretKey, cacheBytes },
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    url.username === '' &&
    url.search === ''
  )
}

function definedOf<T>(items: readonly (T | undefined)[] | undefined): readonly T[] | undefined {
  const found = items?.filter((item) => item !== undefined)
  return found === undefined || found.length === 0 ? undefined : found
}

/** For people; without secrets. */
export function nameOfPlace(place: ArchivePlace): string {
  return place.kind === 'folder'
    ? place.path
    : `s3://${place.bucket}/${place.prefix} (${place.endpoint})`
}
