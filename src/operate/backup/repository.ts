import { createHash } from 'node:crypto'
import { messageOf, Problem } from '../../model/problem.ts'
import {
  BACKUP_FORMAT,
  manifestKey,
  MANIFESTS,
  objectKey,
  OBJECTS,
  objectsOf,
  readManifest,
  type BackupObject,
  type Manifest,
} from './manifest.ts'
import { hashed, type Pack } from './pack.ts'
import { noSeal, sealWith, type Seal, type SealHeader } from './seal.ts'
import { readWhole, type BackupTarget } from './target.ts'

const ROOT = 'vedette-backups.json'
const MAX_ROOT_BYTES = 64 * 1024
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024
/** In front of a manifest: the SHA-256 of what follows, in hexadecimal, and a newline. */
const DIGEST_CHARS = 64

/**
 * Backups in a target: manifests, and objects that several of them share. Objects never change; equal ones are written once, so
 * that every backup after the first takes only what is new.
 */
export class Repository {
  readonly #target: BackupTarget
  readonly #seal: Seal

  private constructor(target: BackupTarget, seal: Seal) {
    this.#target = target
    this.#seal = seal
  }

  /** Opens a target, or makes it one with `create`. Rejects with a `Problem` for a wrong or missing passphrase. */
  static async open(
    target: BackupTarget,
    { passphrase, create }: { readonly passphrase: string | undefined; readonly create: boolean },
  ): Promise<Repository> {
    const isThere = (await target.sizeOf(ROOT)) !== undefined
    if (!isThere && !create)
      throw new Problem('not_found', `there are no backups in ${target.name}`)
    if (isThere) {
      const header = readRoot(await readText(target, ROOT, MAX_ROOT_BYTES), target.name)
      return new Repository(target, await sealOf(header, passphrase, target.name))
    }
    const seal = passphrase === undefined ? noSeal() : await sealWith(passphrase)
    const text = Buffer.from(JSON.stringify({ format: BACKUP_FORMAT, seal: seal.header }))
    await target.put(ROOT, only(text), text.length)
    return new Repository(target, seal)
  }

  /** A name for what has this description; equal ones are equal objects. */
  idOf(description: string): string {
    return this.#seal.idOf(description)
  }

  /** True when an object of this size is there. */
  async has(id: string, sizeBytes: number): Promise<boolean> {
    return (await this.#target.sizeOf(objectKey(id))) === this.#seal.sealedSize(sizeBytes)
  }

  /** Writes an object. */
  async put(id: string, { body, sizeBytes }: Pack): Promise<BackupObject> {
    const watched = hashed(body)
    const sealed = this.#seal.seal(watched.body)
    await this.#target.put(objectKey(id), sealed, this.#seal.sealedSize(sizeBytes))
    return { id, sizeBytes, sha256: watched.digest() }
  }

  /** The content of an object; the end is reached only when it is whole and unchanged. */
  async *read({ id, sha256 }: BackupObject): AsyncGenerator<Uint8Array> {
    const watched = hashed(this.#seal.open(await this.#target.get(objectKey(id))))
    yield* watched.body
    if (watched.digest() !== sha256) {
      throw new Problem(
        'bad_data',
        `the object ${id} was changed or cut off: its SHA-256 is another one`,
      )
    }
  }

  /** Written last: a backup without it is none. */
  async putManifest(manifest: Manifest): Promise<void> {
    const text = JSON.stringify(manifest)
    const digest = createHash('sha256').update(text).digest('hex')
    const bytes = Buffer.from(`${digest}\n${text}`)
    const size = this.#seal.sealedSize(bytes.length)
    await this.#target.put(manifestKey(manifest.id), this.#seal.seal(only(bytes)), size)
  }

  /** The ids of all backups, the oldest first. */
  async ids(): Promise<readonly string[]> {
    const keys = await this.#target.list(MANIFESTS)
    return keys
      .filter((key) => key.endsWith('.json'))
      .map((key) => key.slice(MANIFESTS.length, -'.json'.length))
  }

  /** A backup by its id, or the newest. Rejects with a `Problem`. */
  async manifest(wanted?: string): Promise<Manifest> {
    const ids = await this.ids()
    const id = wanted ?? ids.at(-1)
    if (id === undefined)
      throw new Problem('not_found', `there is no backup in ${this.#target.name}`)
    if (!ids.includes(id)) {
      throw new Problem(
        'not_found',
        `there is no backup ${id} in ${this.#target.name}; there are ${ids.join(', ')}`,
      )
    }
    const body = this.#seal.open(await this.#target.get(manifestKey(id)))
    const whole = (await readWhole(body, MAX_MANIFEST_BYTES)).toString()
    const text = whole.slice(DIGEST_CHARS + 1)
    if (createHash('sha256').update(text).digest('hex') !== whole.slice(0, DIGEST_CHARS)) {
      throw new Problem(
        'bad_data',
        `the backup ${id} is damaged: its list of contents was changed or cut off`,
      )
    }
    return readManifest(text)
  }

  /** Removes backups, and the objects that no other one needs. Resolves to the number of objects. */
  async remove(ids: readonly string[]): Promise<number> {
    const left = (await this.ids()).filter((id) => !ids.includes(id))
    const needed = new Set<string>()
    // First what has to stay is known: a manifest that cannot be read stops everything.
    for (const id of left)
      for (const object of objectsOf(await this.manifest(id))) needed.add(objectKey(object.id))
    for (const id of ids) await this.#target.remove(manifestKey(id))
    const gone = (await this.#target.list(OBJECTS)).filter((key) => !needed.has(key))
    for (const key of gone) await this.#target.remove(key)
    return gone.length
  }

  close(): Promise<void> {
    return this.#target.close()
  }
}

async function sealOf(
  header: SealHeader | undefined,
  passphrase: string | undefined,
  name: string,
): Promise<Seal> {
  if (header === undefined) {
    if (passphrase === undefined) return noSeal()
    throw new Problem(
      'bad_data',
      `the backups in ${name} are not encrypted: leave the passphrase out, or choose an empty place`,
    )
  }
  if (passphrase === undefined) {
    throw new Problem('forbidden', `the backups in ${name} are encrypted: a passphrase is needed`)
  }
  return sealWith(passphrase, header)
}

function readRoot(text: string, name: string): SealHeader | undefined {
  const damaged = new Problem('bad_data', `${ROOT} in ${name} is damaged`)
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    throw damaged
  }
  if (typeof root !== 'object' || root === null || !('format' in root)) throw damaged
  if (typeof root.format !== 'number' || root.format > BACKUP_FORMAT) {
    throw new Problem('bad_data', `the backups in ${name} were made by a newer Vedette: use that`)
  }
  if (!('seal' in root)) return undefined
  const { seal } = root
  if (typeof seal !== 'object' || seal === null || !('salt' in seal) || !('check' in seal))
    throw damaged
  return { salt: String(seal.salt), check: String(seal.check) }
}

async function readText(target: BackupTarget, key: string, maxBytes: number): Promise<string> {
  try {
    return (await readWhole(await target.get(key), maxBytes)).toString()
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown
    throw new Problem('bad_data', `${key} in ${target.name} cannot be read: ${messageOf(thrown)}`)
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
