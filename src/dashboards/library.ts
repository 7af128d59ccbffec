import type { Datasource } from '../lang/dashboard/datasource.ts'
import { objectOf, type JsonObject } from '../lang/dashboard/json-value.ts'
import type { Log } from '../self/log.ts'
import {
  deleteDashboard,
  findDashboard,
  findVersion,
  insertDashboard,
  listDashboards,
  listStars,
  listVersions,
  setStar,
  updateDashboard,
  type DashboardWrite,
  type StoredDashboardHead,
  type StoredVersionHead,
} from '../store/metadata/dashboards.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Author } from './author.ts'
import { readNames, readRawDashboard, writeKept } from './dashboard-json.ts'
import { DashboardFault } from './fault.ts'
import type { Folders } from './folders.ts'
import { createUid, numberOfUid } from './names.ts'
import { ProvisionedDashboards, type ProvisionedDashboard } from './provisioning/provisioned.ts'
import type { Listed } from './search.ts'

/** Where a dashboard comes from. */
export type Origin =
  /** It was saved here. */
  | { readonly kind: 'saved' }
  /** It is a file. */
  | { readonly kind: 'file'; readonly dashboard: ProvisionedDashboard }
  /** A copy was saved that stands in front of the file. */
  | {
      readonly kind: 'copy'
      readonly dashboard: ProvisionedDashboard
      /** SHA-256 of the file that the copy was made of. */
      readonly baseHash: string
      /** The file is no longer the one that the copy was made of. */
      readonly hasFileChanged: boolean
    }

/** A dashboard without its JSON. */
export interface DashboardHead extends Omit<Listed, 'isStarred'> {
  readonly version: number
  readonly createdMs: number
  readonly createdBy: string
  readonly updatedMs: number
  readonly updatedBy: string
  readonly origin: Origin
}

export interface LoadedDashboard extends DashboardHead {
  /** Grafana's JSON, with `uid`, `id` and `version`. */
  readonly raw: JsonObject
}

export interface SaveRequest {
  readonly dashboard: unknown
  /** Undefined: where it is, or the top for a new one. */
  readonly folderUid: string | undefined
  /** Whatever version is there, and whatever has its title there, is replaced. */
  readonly overwrite: boolean
  readonly message: string
}

/** The file's version in front of which the first copy is the second. */
const FILE_VERSION = 1
const MAX_MESSAGE_LENGTH = 500

/** Every dashboard, saved or provisioned. Refuses with `DashboardFault`s. */
export class DashboardLibrary {
  readonly files: ProvisionedDashboards
  readonly folders: Folders
  readonly #metadata: Metadata
  readonly #nowMs: () => number

  constructor(parts: {
    readonly metadata: Metadata
    readonly folders: Folders
    readonly log: Log
    readonly datasources: () => readonly Datasource[]
    readonly nowMs: () => number
  }) {
    this.#metadata = parts.metadata
    this.#nowMs = parts.nowMs
    this.folders = parts.folders
    this.files = new ProvisionedDashboards({
      log: parts.log,
      nowMs: parts.nowMs,
      datasources: parts.datasources,
      ensureFolder: (title, options) => parts.folders.ensure(title, options),
      keep: (dashboard, raw) => this.#keep(dashboard, raw),
    })
  }

  async list(): Promise<readonly DashboardHead[]> {
    const stored = await listDashboards(this.#metadata)
    const storedUids = new Set(stored.map(({ uid }) => uid))
    const files = this.files.list().filter(({ uid }) => !storedUids.has(uid))
    return [...stored.map((each) => this.#headOf(each)), ...files.map(headOfFile)]
  }

  async get(uid: string): Promise<LoadedDashboard> {
    const stored = await findDashboard(this.#metadata, uid)
    if (stored !== undefined) {
      return withRaw(this.#headOf(stored), objectOf(JSON.parse(stored.json)))
    }
    const file = this.files.find(uid)
    if (file === undefined) throw new DashboardFault('dashboard-missing')
    return withRaw(headOfFile(file), await this.files.read(file))
  }

  async findByNumber(id: number): Promise<DashboardHead | undefined> {
    return (await this.list()).find((each) => each.id === id)
  }

  /** Saves a dashboard: a new one, or a change of one that still has the version which it names. */
  async save(by: Author, request: SaveRequest): Promise<DashboardHead> {
    const raw = readRawDashboard(request.dashboard)
    const names = readNames(raw)
    if (request.message.length > MAX_MESSAGE_LENGTH) throw new DashboardFault('message-too-long')
    const target = await this.#targetOf(raw, names.uid, request)
    const uid = names.uid === '' ? (target?.uid ?? createUid()) : names.uid
    const isFile = target?.origin.kind === 'file'
    const fallback = target !== undefined && target.origin.kind !== 'saved' ? target.folderUid : ''
    const folderUid = await this.#checkFolder(request.folderUid ?? fallback)
    const write: DashboardWrite = {
      ...{ uid, folderUid, title: names.title, tags: names.tags, json: writeKept(raw, uid) },
      ...{ message: request.message, restoredFrom: 0, fileHash: hashOf(target) },
    }
    if (target === undefined || isFile) return this.#insert(by, write, target)
    return this.#update(by, target, write, request.overwrite)
  }

  /** Removes a saved dashboard. */
  async remove(uid: string): Promise<DashboardHead> {
    const head = await this.#find(uid)
    if (head.origin.kind !== 'saved') throw new DashboardFault('delete-provisioned')
    await deleteDashboard(this.#metadata, uid, { keepsMarks: false })
    return head
  }

  /** Takes away the copy that stands in front of a file. */
  async resetToFile(uid: string): Promise<LoadedDashboard> {
    if (this.files.find(uid) === undefined) {
      throw new DashboardFault((await this.#has(uid)) ? 'not-provisioned' : 'dashboard-missing')
    }
    await deleteDashboard(this.#metadata, uid, { keepsMarks: true })
    return this.get(uid)
  }

  /** The newest first. A file has one version: itself. */
  async versions(uid: string): Promise<readonly StoredVersionHead[]> {
    const head = await this.#find(uid)
    const versions = await listVersions(this.#metadata, uid)
    return head.origin.kind === 'saved' ? versions : [...versions, versionOfFile(head)]
  }

  async version(
    uid: string,
    version: number,
  ): Promise<StoredVersionHead & { readonly raw: JsonObject }> {
    const head = await this.#find(uid)
    const stored = await findVersion(this.#metadata, uid, version)
    if (stored !== undefined) {
      const { json, ...rest } = stored
      return { ...rest, raw: objectOf(JSON.parse(json)) }
    }
    if (head.origin.kind === 'saved' || version !== FILE_VERSION) {
      throw new DashboardFault('version-missing')
    }
    return { ...versionOfFile(head), raw: await this.files.read(head.origin.dashboard) }
  }

  /** Makes an older version the newest. */
  async restore(by: Author, uid: string, version: number): Promise<DashboardHead> {
    const head = await this.#find(uid)
    const { raw } = await this.version(uid, version)
    const names = readNames(raw)
    const write: DashboardWrite = {
      ...{ uid, folderUid: head.folderUid, title: names.title, tags: names.tags },
      ...{ json: writeKept(raw, uid), fileHash: hashOf(head), restoredFrom: version },
      message: `Restored from version ${version}`,
    }
    if (head.origin.kind === 'file') return this.#insert(by, write, head)
    return this.#update(by, head, write, true)
  }

  starsOf({ userId }: Author): Promise<ReadonlySet<string>> {
    return userId === undefined ? Promise.resolve(new Set()) : listStars(this.#metadata, userId)
  }

  /** Users alone have stars. */
  async star({ userId }: Author, uid: string, isStarred: boolean): Promise<void> {
    await this.#find(uid)
    if (userId !== undefined) await setStar(this.#metadata, userId, uid, isStarred)
  }

  async #has(uid: string): Promise<boolean> {
    return (await this.list()).some((each) => each.uid === uid)
  }

  async #find(uid: string): Promise<DashboardHead> {
    const found = (await this.list()).find((each) => each.uid === uid)
    if (found === undefined) throw new DashboardFault('dashboard-missing')
    return found
  }

  /** Which dashboard a save means: by uid, then by number, then (to be replaced) by title and folder. */
  async #targetOf(
    raw: JsonObject,
    uid: string,
    { overwrite, folderUid = '' }: SaveRequest,
  ): Promise<DashboardHead | undefined> {
    const all = await this.list()
    const byUid = uid === '' ? undefined : all.find((each) => each.uid === uid)
    const id = typeof raw['id'] === 'number' && raw['id'] > 0 ? raw['id'] : undefined
    const byNumber = id === undefined ? undefined : all.find((each) => each.id === id)
    if (uid === '' && id !== undefined && byNumber === undefined) {
      throw new DashboardFault('dashboard-missing')
    }
    const found = byUid ?? (byNumber?.origin.kind === 'saved' || uid === '' ? byNumber : undefined)
    if (found !== undefined) {
      checkWritable(found)
      const isNewer = raw['version'] !== found.version
      // A file has no version that its JSON could name.
      if (isNewer && !overwrite && found.origin.kind !== 'file') {
        throw new DashboardFault('version-mismatch')
      }
      return found
    }
    const title = readNames(raw).title.toLowerCase()
    const twin = all.find(
      (each) =>
        each.origin.kind === 'saved' &&
        each.folderUid === folderUid &&
        each.title.toLowerCase() === title,
    )
    if (twin !== undefined && !overwrite) throw new DashboardFault('name-exists')
    return twin
  }

  async #checkFolder(folderUid: string): Promise<string> {
    if (folderUid === '' || folderUid === 'general') return ''
    const folders = await this.folders.list()
    if (!folders.some(({ uid }) => uid === folderUid)) throw new DashboardFault('unknown-folder')
    return folderUid
  }

  async #insert(
    by: Author,
    write: DashboardWrite,
    file: DashboardHead | undefined,
  ): Promise<DashboardHead> {
    const change = { by: by.name, atMs: this.#nowMs() }
    const parentVersion = file === undefined ? 0 : FILE_VERSION
    const made = await insertDashboard(this.#metadata, write, change, parentVersion)
    // Somebody else saved it at the same moment.
    if (made === undefined) throw new DashboardFault('version-mismatch')
    return this.#headOf(made)
  }

  async #update(
    by: Author,
    target: DashboardHead,
    write: DashboardWrite,
    overwrite: boolean,
  ): Promise<DashboardHead> {
    const change = { by: by.name, atMs: this.#nowMs() }
    const changed = await updateDashboard(this.#metadata, target, write, change)
    if (changed !== undefined) return this.#headOf(changed)
    const newest = await findDashboard(this.#metadata, target.uid)
    if (!overwrite || newest === undefined) throw new DashboardFault('version-mismatch')
    return this.#update(by, this.#headOf(newest), write, overwrite)
  }

  /** A file is gone that is to outlive itself: unless there is a copy already, it becomes one. */
  async #keep(dashboard: ProvisionedDashboard, raw: JsonObject): Promise<void> {
    const { uid, folderUid, title, tags } = dashboard
    const write: DashboardWrite = {
      ...{ uid, folderUid, title, tags, json: writeKept(raw, uid), fileHash: '' },
      ...{ restoredFrom: 0, message: 'Kept: its file is gone' },
    }
    const change = { by: 'provisioning', atMs: this.#nowMs() }
    await insertDashboard(this.#metadata, write, change, FILE_VERSION)
  }

  #headOf(stored: StoredDashboardHead): DashboardHead {
    const { fileHash, ...head } = stored
    const dashboard = this.files.find(stored.uid)
    if (dashboard === undefined) return { ...head, origin: { kind: 'saved' } }
    const hasFileChanged = dashboard.hash !== fileHash
    return { ...head, origin: { kind: 'copy', dashboard, baseHash: fileHash, hasFileChanged } }
  }
}

function checkWritable({ origin }: DashboardHead): void {
  if (origin.kind === 'saved' || origin.dashboard.provider.allowUiUpdates) return
  throw new DashboardFault('save-provisioned')
}

function hashOf(target: DashboardHead | undefined): string {
  if (target === undefined || target.origin.kind === 'saved') return ''
  return target.origin.kind === 'copy' ? target.origin.baseHash : target.origin.dashboard.hash
}

function headOfFile(dashboard: ProvisionedDashboard): DashboardHead {
  const { uid, title, tags, folderUid, changedMs } = dashboard
  return {
    ...{ id: numberOfUid(uid), uid, title, tags, folderUid, version: FILE_VERSION },
    ...{ createdMs: changedMs, createdBy: 'provisioning' },
    ...{ updatedMs: changedMs, updatedBy: 'provisioning' },
    origin: { kind: 'file', dashboard },
  }
}

function versionOfFile(head: DashboardHead): StoredVersionHead {
  return {
    ...{ id: numberOfUid(head.uid), version: FILE_VERSION, parentVersion: 0, restoredFrom: 0 },
    ...{ createdMs: head.createdMs, createdBy: 'provisioning', message: 'The file' },
  }
}

function withRaw(head: DashboardHead, raw: JsonObject): LoadedDashboard {
  return { ...head, raw: { ...raw, id: head.id, uid: head.uid, version: head.version } }
}
