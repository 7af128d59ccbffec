import { messageOf, Problem } from '../../model/problem.ts'
import { folderTarget } from '../backup/folder-target.ts'
import { s3Target } from '../backup/s3-target.ts'
import { readWhole, type BackupTarget } from '../backup/target.ts'
import type { ArchiveNote } from './archive-note.ts'
import type { ArchivePlace } from './archive-section.ts'

/** Says whose archive lies in a folder or below a prefix. */
const MARK = 'vedette-archive.json'
const MAX_MARK_BYTES = 4096
/** The server waits for this before its engine starts. */
const PATIENCE_MS = 8000

/** Opens the place as backups open theirs. */
function openPlace(place: ArchivePlace): BackupTarget {
  if (place.kind === 'folder') return folderTarget(place.path)
  return s3Target({
    endpoint: place.endpoint,
    region: place.region,
    bucket: place.bucket,
    prefix: place.prefix,
    credentials: { accessKeyId: place.accessKey, secretAccessKey: place.secretKey.reveal() },
  })
}

/** Reads and writes objects of a bucket by their whole keys, as the engine names them. */
export function openBucket(place: Extract<ArchivePlace, { readonly kind: 's3' }>): BackupTarget {
  return openPlace({ ...place, prefix: '' })
}

/** Makes an archive that of another data folder: the one that had it does not use it any more after its next start. */
export async function claimArchive(place: ArchivePlace, id: string): Promise<void> {
  const target = openPlace(place)
  try {
    await putMark(target, id)
  } finally {
    await target.close()
  }
}

/**
 * Looks whether the archive is there and is that of this data folder: a folder whose disk is not mounted is there, too, but empty. An empty
 * place that nothing was moved to is marked as its own. Resolves to why it cannot be used; undefined when it can.
 */
export async function probeArchive(
  place: ArchivePlace,
  note: Pick<ArchiveNote, 'id' | 'ranges'>,
): Promise<string | undefined> {
  const target = openPlace(place)
  let timeout: NodeJS.Timeout | undefined
  const tooLate = new Promise<string>((resolve) => {
    timeout = setTimeout(() => resolve(`no answer for ${PATIENCE_MS / 1000} s`), PATIENCE_MS)
  })
  try {
    return await Promise.race([look(target, place, note), tooLate])
  } catch (thrown) {
    return messageOf(thrown)
  } finally {
    clearTimeout(timeout)
    // A request that hangs must not hold up whoever waits for the answer.
    target.close().catch(() => undefined)
  }
}

async function look(
  target: BackupTarget,
  place: ArchivePlace,
  { id, ranges }: Pick<ArchiveNote, 'id' | 'ranges'>,
): Promise<string | undefined> {
  const found = await readMark(target)
  if (found === id) return undefined
  if (found !== undefined) {
    return `it is the archive of another data directory (${found}): give each a ${place.kind === 'folder' ? 'folder' : 'prefix'} of its own`
  }
  if (Object.keys(ranges).length > 0) {
    return place.kind === 'folder'
      ? `what was moved there is not there: is its disk mounted?`
      : `what was moved there is not there: are bucket and prefix those of before?`
  }
  await putMark(target, id)
  return undefined
}

async function putMark(target: BackupTarget, id: string): Promise<void> {
  const mark = Buffer.from(`${JSON.stringify({ id })}\n`)
  await target.put(MARK, only(mark), mark.length)
}

async function readMark(target: BackupTarget): Promise<string | undefined> {
  let text: string
  try {
    text = (await readWhole(await target.get(MARK), MAX_MARK_BYTES)).toString()
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not_found') return undefined
    throw thrown
  }
  return /"id":"([\w-]{1,64})"/.exec(text)?.[1] ?? 'unknown'
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
