import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Agent, request as sendRequest } from 'undici'
import { AuditLog } from '../access/audit-log.ts'
import { ALL_SCOPES } from '../access/scope.ts'
import type { ImportedDashboardJson } from '../contract/dashboards.ts'
import { serveDatasources } from '../dashboards/datasources.ts'
import { Folders } from '../dashboards/folders.ts'
import { importDashboard, exportDashboard } from '../dashboards/import-dashboard.ts'
import { DashboardLibrary } from '../dashboards/library.ts'
import { packProvider } from '../dashboards/provisioning/pack-provider.ts'
import { isObject, objectsOf, textOf, type JsonObject } from '../lang/dashboard/json-value.ts'
import { messageOf, Problem } from '../model/problem.ts'
import { silentLog } from '../self/log.ts'
import { placeOfMetadata } from '../start-metadata.ts'
import { openMetadataBeside } from '../store/metadata/open.ts'
import { loadPlace } from './load-place.ts'
import { ApiError } from './api-client.ts'
import { printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

export interface DashboardPlaceOptions {
  readonly url?: string
  readonly token?: string
  readonly data?: string
  readonly config?: string
}

export interface ListedDashboard {
  readonly uid: string
  readonly title: string
  readonly folder: string
  readonly tags: readonly string[]
}

export interface ImportOptions {
  readonly folder?: string
  readonly overwrite: boolean
}

/** Where dashboards are: a server, or the data directory of one. */
export interface DashboardPlace {
  list(): Promise<readonly ListedDashboard[]>
  export(uid: string): Promise<JsonObject>
  add(dashboard: unknown, options: ImportOptions): Promise<ImportedDashboardJson>
  close(): Promise<void>
}

/**
 * With a URL or a token the web UI's API of a server; otherwise the database in the data directory, whether a server runs on it or
 * not. Rejects with a `Problem`, an `ApiError` or a `UsageError`.
 */
export async function openDashboardPlace(options: DashboardPlaceOptions): Promise<DashboardPlace> {
  const { url, token } = options
  if (url === undefined && token === undefined) return openLocally(options)
  return openServer(url ?? DEFAULT_URL, token)
}

const DEFAULT_URL = 'http://127.0.0.1:3000'
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

function openServer(url: string, token: string | undefined): DashboardPlace {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new UsageError(`--url (or VEDETTE_UI_URL): must be a URL such as ${DEFAULT_URL}`)
  }
  const pair = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
  const basic = base.username === '' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`
  const authorization = token === undefined ? basic : `Bearer ${token}`
  const agent = new Agent({ connectTimeout: 10_000, pipelining: 0 })
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    const text = await ask(`${base.origin}${path}`, {
      ...{ dispatcher: agent, method },
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return text
  }
  return {
    list: async () =>
      objectsOf(await call('GET', '/api/search?type=dash-db&limit=5000')).map((hit) => ({
        uid: textOf(hit['uid']) ?? '',
        title: textOf(hit['title']) ?? '',
        folder: textOf(hit['folderTitle']) ?? '',
        tags: Array.isArray(hit['tags']) ? hit['tags'].map(String) : [],
      })),
    export: async (uid) => {
      const found = await call('GET', `/api/vedette/dashboards/${encodeURIComponent(uid)}/export`)
      if (isObject(found)) return found
      throw new ApiError(`${base.origin} does not answer as Vedette does`)
    },
    add: async (dashboard, { folder, overwrite }) => {
      const body = { dashboard, overwrite, ...(folder === undefined ? {} : { folderUid: folder }) }
      const answer = await call('POST', '/api/vedette/dashboards/import', body)
      if (isImported(answer)) return answer
      throw new ApiError(`${base.origin} does not answer as Vedette does`)
    },
    close: () => agent.close(),
  }
}

function isImported(value: unknown): value is ImportedDashboardJson {
  return isObject(value) && typeof value['uid'] === 'string' && isObject(value['report'])
}

async function ask(url: string, options: Parameters<typeof sendRequest>[1]): Promise<unknown> {
  const { origin } = new URL(url)
  try {
    const { statusCode, body } = await sendRequest(url, options)
    const answer = parse(await readBounded(body))
    if (statusCode < 300) return answer
    const said = isObject(answer) ? textOf(answer['message']) : undefined
    const hint =
      statusCode === 401 ? ' (give a token with --token, or http://user:password@… as --url)' : ''
    throw new ApiError(`${origin} refused: ${printable(said ?? `status ${statusCode}`)}${hint}`)
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : printable(messageOf(thrown))
    throw new ApiError(`cannot reach ${origin}: ${reason}`, { cause: thrown })
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes > MAX_ANSWER_BYTES) throw new ApiError('the answer is larger than 64 MiB')
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function openLocally(options: DashboardPlaceOptions): Promise<DashboardPlace> {
  const config = loadPlace(options)
  if (config.metadata.url === undefined && !existsSync(config.dataFolder)) {
    const advice =
      'name the one that the server was started with (--data DIR or --config PATH), or a server (--url URL)'
    throw new Problem('not_found', `there is no data directory ${config.dataFolder}: ${advice}`)
  }
  const log = silentLog()
  const metadata = await openMetadataBeside(placeOfMetadata(config), log)
  const served = serveDatasources(config.dashboards.datasources)
  const library = new DashboardLibrary({
    ...{ metadata, log, datasources: () => served, nowMs: Date.now },
    folders: new Folders(metadata, Date.now),
  })
  const packs = config.packs.packs.map(({ manifest }) => manifest.folder)
  await library.files.apply([packProvider(packs), ...config.dashboards.providers])
  const audit = new AuditLog(metadata, log, Date.now)
  const name = `command line (${userInfo().username})`
  const caller = { principal: { kind: 'loopback', name, scopes: ALL_SCOPES }, address: '' } as const
  return {
    list: async () => {
      const titles = new Map((await library.folders.list()).map((each) => [each.uid, each.title]))
      const all = await library.list()
      return all.map(({ uid, title, tags, folderUid }) => {
        const folder = titles.get(folderUid) ?? ''
        return { uid, title, tags, folder }
      })
    },
    export: (uid) => exportDashboard(library, uid, served),
    add: async (dashboard, { folder, overwrite }) => {
      const request = {
        dashboard,
        overwrite,
        folderUid: folder,
        uid: undefined,
        message: 'Imported',
      }
      const imported = await importDashboard(library, { name }, request, served)
      audit.record(caller, 'dashboard.import', imported.uid, { details: imported.title })
      return imported
    },
    close: async () => {
      await library.files.stop()
      await audit.flush()
      await metadata.close()
    },
  }
}
