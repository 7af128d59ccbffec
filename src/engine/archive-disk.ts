import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'

/** A second disk of the engine, for partitions that are old: a folder, or a bucket of S3 with a bounded cache of it on the first disk. */
export type ArchiveDisk =
  | {
      readonly kind: 'folder'
      /** Absolute. */
      readonly path: string
    }
  | {
      readonly kind: 's3'
      /** With bucket and prefix, without a slash at its end: `https://s3.eu-west-1.amazonaws.com/bucket/prefix`. */
      readonly url: string
      readonly region: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
      /** What of it may lie on the first disk. */
      readonly cacheBytes: number
    }

/** The name that parts on it carry in `system.parts`. */
const ARCHIVE_DISK = 'archive'
const BUCKET_DISK = 'archive_s3'

/**
 * The disks, and the policy of all tables: the one named `default`, so that no table has to be altered for an archive, nor names one
 * that may be gone one day. Nothing goes there by itself (`move_factor` 0), and what is there is not merged any more.
 */
export function renderStorage(disk: ArchiveDisk): string {
  return [
    '<storage_configuration>',
    `<disks>${disk.kind === 'folder' ? renderFolder(disk.path) : renderBucket(disk)}</disks>`,
    '<policies><default><volumes>',
    '<default><disk>default</disk></default>',
    `<archive><disk>${ARCHIVE_DISK}</disk><prefer_not_to_merge>true</prefer_not_to_merge></archive>`,
    '</volumes><move_factor>0</move_factor></default></policies>',
    '</storage_configuration>',
  ].join('\n')
}

function renderFolder(path: string): string {
  return `<${ARCHIVE_DISK}><type>local</type><path>${escapeXml(join(path, '/'))}</path></${ARCHIVE_DISK}>`
}

const MIB = 1024 * 1024

/**
 * Requests are given up after seconds: by default the engine tries 500 times, five seconds apart, and does not answer until then. Uploads hold few
 * and small pieces: by default twenty of 16 MiB for every file.
 */
function renderBucket(disk: Extract<ArchiveDisk, { readonly kind: 's3' }>): string {
  const bucket: Record<string, string | number> = {
    type: 's3',
    endpoint: `${disk.url}/`,
    region: disk.region,
    access_key_id: disk.accessKeyId,
    secret_access_key: disk.secretAccessKey,
    use_environment_credentials: 0,
    // Whoever starts the engine has looked already.
    skip_access_check: 1,
    s3_retry_attempts: 3,
    connect_timeout_ms: 3000,
    request_timeout_ms: 30_000,
    s3_min_upload_part_size: 5 * MIB,
    s3_max_single_part_upload_size: 5 * MIB,
    s3_max_inflight_parts_for_one_file: 2,
    thread_pool_size: 4,
  }
  const cache: Record<string, string | number> = {
    type: 'cache',
    disk: BUCKET_DISK,
    // Below the folder that the engine has for caches.
    path: 'archive/',
    max_size: disk.cacheBytes,
    max_file_segment_size: 8 * MIB,
    background_download_threads: 1,
    load_metadata_threads: 2,
  }
  return `<${BUCKET_DISK}>${renderElements(bucket)}</${BUCKET_DISK}><${ARCHIVE_DISK}>${renderElements(cache)}</${ARCHIVE_DISK}>`
}

function renderElements(entries: Record<string, string | number>): string {
  return Object.entries(entries)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const SET_ASIDE = 'broken-on-start_'

/**
 * The engine sets parts of a bucket aside as broken when it starts while the bucket refuses them (403, 404), and answers without them
 * from then on. Nothing is wrong with most of them: they go back, to be looked at again by the next start.
 * `databaseFolder` is chDB's. Resolves to the number of parts.
 */
export function takeBackSetAside(databaseFolder: string, disk: ArchiveDisk): number {
  let taken = 0
  for (const { detached, name } of findSetAside(databaseFolder, disk)) {
    const back = join(detached, '..', name.slice(SET_ASIDE.length))
    if (existsSync(back)) continue
    renameSync(join(detached, name), back)
    taken += 1
  }
  return taken
}

/** How many parts the engine has set aside. */
export function countSetAside(databaseFolder: string, disk: ArchiveDisk): number {
  return findSetAside(databaseFolder, disk).length
}

function findSetAside(
  databaseFolder: string,
  disk: ArchiveDisk,
): readonly { readonly detached: string; readonly name: string }[] {
  const root = disk.kind === 'folder' ? disk.path : join(databaseFolder, 'disks', BUCKET_DISK)
  const store = join(root, 'store')
  return namesIn(store).flatMap((start) =>
    namesIn(join(store, start)).flatMap((uuid) => {
      const detached = join(store, start, uuid, 'detached')
      return namesIn(detached)
        .filter((name) => name.startsWith(SET_ASIDE))
        .map((name) => ({ detached, name }))
    }),
  )
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
