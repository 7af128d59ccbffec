import { Problem } from '../model/problem.ts'
import {
  deleteFolders,
  insertFolder,
  listFolders,
  updateFolder,
  type StoredFolder,
} from '../store/metadata/folders.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Author } from './author.ts'
import { DashboardFault } from './fault.ts'
import { createUid, isUid, uidOf } from './names.ts'

/** As Grafana's nesting. */
const MAX_DEPTH = 4
const MAX_TITLE_LENGTH = 189
const MAX_DESCRIPTION_LENGTH = 2000

export interface FolderRequest {
  readonly uid?: string
  readonly parentUid?: string
  readonly title: string
  readonly description?: string
}

export interface FolderChange {
  readonly title?: string
  readonly description?: string
  /** Must be the folder's, unless `overwrite` is set. */
  readonly version?: number
  readonly overwrite?: boolean
}

/** The folders of dashboards: they nest, and no two of one place have the same title. Throws `DashboardFault`s. */
export class Folders {
  readonly #metadata: Metadata
  readonly #nowMs: () => number

  constructor(metadata: Metadata, nowMs: () => number) {
    this.#metadata = metadata
    this.#nowMs = nowMs
  }

  list(): Promise<readonly StoredFolder[]> {
    return listFolders(this.#metadata)
  }

  async find(uid: string): Promise<StoredFolder> {
    const found = (await this.list()).find((folder) => folder.uid === uid)
    if (found === undefined) throw new DashboardFault('folder-missing')
    return found
  }

  async findByNumber(id: number): Promise<StoredFolder> {
    const found = (await this.list()).find((folder) => folder.id === id)
    if (found === undefined) throw new DashboardFault('folder-missing')
    return found
  }

  async create(by: Author, request: FolderRequest): Promise<StoredFolder> {
    const title = checkTitle(request.title)
    const description = checkDescription(request.description ?? '')
    const uid = request.uid === undefined || request.uid === '' ? createUid() : request.uid
    // Grafana means the top by it.
    if (!isUid(uid) || uid === 'general') throw new DashboardFault('folder-uid-invalid')
    const parentUid = request.parentUid ?? ''
    const all = await this.list()
    if (all.some((folder) => folder.uid === uid)) throw new DashboardFault('folder-uid-taken')
    checkPlace(all, { uid, parentUid, title })
    const made = await insertFolder(
      this.#metadata,
      { uid, parentUid, title, description },
      { by: by.name, atMs: this.#nowMs() },
    )
    if (made === undefined) throw new DashboardFault('folder-uid-taken')
    return made
  }

  async change(by: Author, uid: string, change: FolderChange): Promise<StoredFolder> {
    const all = await this.list()
    const before = all.find((folder) => folder.uid === uid)
    if (before === undefined) throw new DashboardFault('folder-missing')
    if (change.overwrite !== true && change.version !== before.version) {
      throw new DashboardFault('folder-mismatch')
    }
    const title = change.title === undefined ? before.title : checkTitle(change.title)
    const description = checkDescription(change.description ?? before.description)
    return this.#write(by, all, before, { ...before, title, description })
  }

  /** Moves a folder with all that is in it; '' is the top. */
  async move(by: Author, uid: string, parentUid: string): Promise<StoredFolder> {
    const all = await this.list()
    const before = all.find((folder) => folder.uid === uid)
    if (before === undefined) throw new DashboardFault('folder-missing')
    return this.#write(by, all, before, { ...before, parentUid })
  }

  /** Removes a folder with the folders and the dashboards in it. `holdsFiles` tells which of them cannot go. */
  async remove(uid: string, holdsFiles: (uid: string) => boolean): Promise<StoredFolder> {
    const all = await this.list()
    const folder = all.find((each) => each.uid === uid)
    if (folder === undefined) throw new DashboardFault('folder-missing')
    const uids = withDescendants(all, uid)
    if (uids.some(holdsFiles)) throw new DashboardFault('folder-provisioned')
    await deleteFolders(this.#metadata, uids)
    return folder
  }

  /**
   * The folder of this title and place, which is made when there is none, as provisioning asks for it. A `uid` that is there goes
   * before the title. Resolves to its uid.
   */
  async ensure(title: string, options: { uid?: string; parentUid?: string }): Promise<string> {
    const { parentUid = '' } = options
    const all = await this.list()
    const found =
      all.find((folder) => folder.uid === options.uid) ??
      all.find((folder) => folder.title === title && folder.parentUid === parentUid)
    if (found !== undefined) return found.uid
    // The same uid on every replica that shares the database.
    const uid = options.uid ?? uidOf(`folder:${parentUid}:${title}`)
    const change = { by: 'provisioning', atMs: this.#nowMs() }
    await insertFolder(this.#metadata, { uid, parentUid, title, description: '' }, change)
    return uid
  }

  async #write(
    by: Author,
    all: readonly StoredFolder[],
    before: StoredFolder,
    after: StoredFolder,
  ): Promise<StoredFolder> {
    checkPlace(all, after)
    const change = { by: by.name, atMs: this.#nowMs() }
    const changed = await updateFolder(this.#metadata, before, after, change)
    if (changed === undefined) throw new DashboardFault('folder-mismatch')
    return changed
  }
}

/** The folders that a folder is in, the outermost first. */
export function parentsOf(all: readonly StoredFolder[], uid: string): readonly StoredFolder[] {
  const byUid = new Map(all.map((folder) => [folder.uid, folder]))
  const parents: StoredFolder[] = []
  let at = byUid.get(byUid.get(uid)?.parentUid ?? '')
  while (at !== undefined && !parents.includes(at)) {
    parents.unshift(at)
    at = byUid.get(at.parentUid)
  }
  return parents
}

/** The folder itself and every folder below it. */
export function withDescendants(all: readonly StoredFolder[], uid: string): string[] {
  const uids = [uid]
  for (const parent of uids) {
    for (const folder of all) {
      if (folder.parentUid === parent && !uids.includes(folder.uid)) uids.push(folder.uid)
    }
  }
  return uids
}

function checkPlace(
  all: readonly StoredFolder[],
  folder: Pick<StoredFolder, 'uid' | 'parentUid' | 'title'>,
): void {
  const { uid, parentUid, title } = folder
  if (parentUid !== '') {
    if (withDescendants(all, uid).includes(parentUid)) throw new DashboardFault('folder-loop')
    if (!all.some((each) => each.uid === parentUid)) throw new DashboardFault('folder-missing')
    const height = depthBelow(all, uid)
    if (parentsOf(all, parentUid).length + 2 + height > MAX_DEPTH) {
      throw new DashboardFault('folder-too-deep')
    }
  }
  const twin = all.find(
    (each) =>
      each.uid !== uid &&
      each.parentUid === parentUid &&
      each.title.toLowerCase() === title.toLowerCase(),
  )
  if (twin !== undefined) throw new DashboardFault('folder-name-exists')
}

/** How many levels are below a folder. */
function depthBelow(all: readonly StoredFolder[], uid: string): number {
  const children = all.filter((folder) => folder.parentUid === uid)
  return children.reduce((most, child) => Math.max(most, 1 + depthBelow(all, child.uid)), 0)
}

function checkTitle(text: string): string {
  const title = text.replaceAll('\0', '').trim()
  if (title === '') throw new DashboardFault('folder-title-empty')
  if (title.length <= MAX_TITLE_LENGTH) return title
  throw new Problem('bad_data', `the title of a folder has at most ${MAX_TITLE_LENGTH} characters`)
}

function checkDescription(text: string): string {
  if (text.length <= MAX_DESCRIPTION_LENGTH) return text.replaceAll('\0', '')
  const message = `the description of a folder has at most ${MAX_DESCRIPTION_LENGTH} characters`
  throw new Problem('bad_data', message)
}
