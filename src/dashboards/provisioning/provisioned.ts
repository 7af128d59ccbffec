import type { Datasource } from '../../lang/dashboard/datasource.ts'
import type { JsonObject } from '../../lang/dashboard/json-value.ts'
import { textOf } from '../../lang/dashboard/json-value.ts'
import { messageOf } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import { readTags } from '../dashboard-json.ts'
import { isUid, uidOf } from '../names.ts'
import type { Provider } from './provider.ts'
import { bindFile, readDashboardFile } from './read-file.ts'
import { scanFolder, type FoundFile, type ScanFault } from './scan-folder.ts'

/** A dashboard that is a file. Its JSON stays in the file. */
export interface ProvisionedDashboard {
  readonly uid: string
  readonly title: string
  readonly tags: readonly string[]
  /** '' for none. */
  readonly folderUid: string
  readonly provider: Provider
  readonly file: string
  /** Below the provider's folder: what Grafana calls the external id. */
  readonly name: string
  /** SHA-256 of the file. */
  readonly hash: string
  readonly changedMs: number
}

export interface ProvisionedParts {
  readonly log: Log
  /** Makes the folder of this title where it is not there; resolves to its uid. */
  readonly ensureFolder: (
    title: string,
    options: { uid?: string; parentUid?: string },
  ) => Promise<string>
  readonly datasources: () => readonly Datasource[]
  /** A file is gone whose provider says that its dashboard stays. */
  readonly keep: (dashboard: ProvisionedDashboard, raw: JsonObject) => Promise<void>
  readonly nowMs: () => number
}

interface Known extends ProvisionedDashboard {
  readonly stamp: string
  /** Only where it may outlive its file. */
  readonly raw: JsonObject | undefined
}

/** What one provider has, by file. */
interface Holding {
  readonly provider: Provider
  files: ReadonlyMap<string, Known>
  faults: readonly ScanFault[]
  timer: NodeJS.Timeout | undefined
}

/**
 * The dashboards that are files, from all providers. The folders are looked through again and again, because what is mounted
 * into a container tells of no changes; only files that changed are read. A file that is wrong keeps what it was before.
 */
export class ProvisionedDashboards {
  readonly #parts: ProvisionedParts
  #holdings: Holding[] = []
  #byUid: ReadonlyMap<string, Known> = new Map()
  #doubles: readonly ScanFault[] = []
  /** Scans follow each other, so that each sees what the one before found. */
  #last: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(parts: ProvisionedParts) {
    this.#parts = parts
  }

  /** Puts other providers in the place of those there are; resolves when all of them were looked through. */
  async apply(providers: readonly Provider[]): Promise<void> {
    for (const { timer } of this.#holdings) clearTimeout(timer)
    const before = this.#holdings
    this.#holdings = providers.map((provider) => ({
      provider,
      files: before.find((each) => each.provider.name === provider.name)?.files ?? new Map(),
      faults: [],
      timer: undefined,
    }))
    await this.rescan()
  }

  /** Looks through all folders now. */
  async rescan(): Promise<void> {
    await Promise.all(this.#holdings.map((holding) => this.#queue(holding)))
  }

  find(uid: string): ProvisionedDashboard | undefined {
    return this.#byUid.get(uid)
  }

  /** In the order of the providers and of the names of their files. */
  list(): readonly ProvisionedDashboard[] {
    return [...this.#byUid.values()]
  }

  /** The JSON, read from its file now. Rejects with a `Problem`. */
  async read({ file, uid }: ProvisionedDashboard): Promise<JsonObject> {
    const { raw } = await readDashboardFile(file)
    return { ...bindFile(raw, this.#parts.datasources()), uid }
  }

  /** What is wrong with files now. */
  faults(): readonly ScanFault[] {
    return [...this.#holdings.flatMap(({ faults }) => faults), ...this.#doubles]
  }

  providers(): readonly Provider[] {
    return this.#holdings.map(({ provider }) => provider)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { timer } of this.#holdings) clearTimeout(timer)
    await this.#last
  }

  #queue(holding: Holding): Promise<void> {
    clearTimeout(holding.timer)
    this.#last = this.#look(this.#last, holding)
    return this.#last
  }

  async #look(before: Promise<void>, holding: Holding): Promise<void> {
    await before
    if (this.#isStopped || !this.#holdings.includes(holding)) return
    try {
      await this.#scan(holding)
      this.#index()
    } catch (thrown) {
      const { name } = holding.provider
      const reason = messageOf(thrown)
      this.#parts.log.warn('dashboards cannot be provisioned now', { provider: name, reason })
    }
    const again = (): void => void this.#queue(holding)
    holding.timer = setTimeout(again, holding.provider.updateIntervalMs).unref()
  }

  async #scan(holding: Holding): Promise<void> {
    const { provider } = holding
    const files = new Map<string, Known>()
    const faults: ScanFault[] = []
    for (const root of provider.paths) {
      const found = await scanFolder(root)
      faults.push(...found.faults)
      for (const one of found.files) {
        const before = holding.files.get(one.file)
        const known = await this.#read(provider, one, before, faults)
        if (known !== undefined) files.set(one.file, known)
      }
    }
    for (const gone of holding.files.values()) {
      if (!files.has(gone.file)) await this.#keep(gone)
    }
    for (const fault of faults) this.#tell(holding, fault)
    holding.files = files
    holding.faults = faults
  }

  async #read(
    provider: Provider,
    found: FoundFile,
    before: Known | undefined,
    faults: ScanFault[],
  ): Promise<Known | undefined> {
    try {
      const folderUid = await this.#folderOf(provider, found.name)
      if (before?.stamp === found.stamp) return { ...before, provider, folderUid }
      const { raw, hash } = await readDashboardFile(found.file)
      const title = textOf(raw['title'])?.trim() ?? ''
      if (title === '') throw new Error('the dashboard has no title')
      const written = textOf(raw['uid']) ?? ''
      if (written !== '' && !isUid(written)) {
        throw new Error(
          `the uid ${JSON.stringify(written.slice(0, 100))} is none: letters, digits, _ and -, at most 40`,
        )
      }
      return {
        ...{ provider, folderUid, title, hash, stamp: found.stamp, tags: readTags(raw) },
        ...{ file: found.file, name: found.name, changedMs: this.#parts.nowMs() },
        uid: written === '' ? uidOf(`${provider.name}:${found.name}`) : written,
        raw: provider.disableDeletion ? raw : undefined,
      }
    } catch (thrown) {
      faults.push({ file: found.file, message: messageOf(thrown) })
      return before
    }
  }

  async #folderOf(provider: Provider, name: string): Promise<string> {
    const parts = provider.foldersFromFilesStructure ? name.split('/').slice(0, -1) : []
    // Grafana's folders nest four levels deep; what is deeper on the disk goes into the fourth.
    const titles = provider.foldersFromFilesStructure ? parts.slice(0, 4) : [provider.folder]
    let parentUid = ''
    for (const title of titles) {
      if (title === '' || title === 'General') continue
      const uid = provider.foldersFromFilesStructure ? undefined : provider.folderUid
      parentUid = await this.#parts.ensureFolder(title, {
        parentUid,
        ...(uid === undefined ? {} : { uid }),
      })
    }
    return parentUid
  }

  async #keep(gone: Known): Promise<void> {
    this.#parts.log.info('a provisioned dashboard is gone', { uid: gone.uid, file: gone.file })
    if (gone.raw !== undefined) await this.#parts.keep(gone, gone.raw)
  }

  #index(): void {
    const byUid = new Map<string, Known>()
    const doubles: ScanFault[] = []
    for (const { files } of this.#holdings) {
      for (const known of files.values()) {
        const first = byUid.get(known.uid)
        if (first === undefined) byUid.set(known.uid, known)
        else {
          const message = `has the uid ${known.uid} of ${first.file}: it is not shown`
          doubles.push({ file: known.file, message })
        }
      }
    }
    const isNew = (fault: ScanFault): boolean =>
      !this.#doubles.some(({ file, message }) => file === fault.file && message === fault.message)
    for (const fault of doubles.filter(isNew)) this.#warn(fault)
    this.#byUid = byUid
    this.#doubles = doubles
  }

  /** Once, not with every look. */
  #tell({ faults }: Holding, fault: ScanFault): void {
    const isKnown = faults.some(
      ({ file, message }) => file === fault.file && message === fault.message,
    )
    if (!isKnown) this.#warn(fault)
  }

  #warn({ file, message }: ScanFault): void {
    this.#parts.log.warn('a provisioned dashboard cannot be used', { file, reason: message })
  }
}
