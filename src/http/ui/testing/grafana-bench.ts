import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Scope } from '../../../access/scope.ts'
import { ServiceAccounts } from '../../../access/service-accounts.ts'
import {
  OPERATOR,
  openTestAccess,
  PASSWORD,
  type TestAccess,
} from '../../../access/testing/test-access.ts'
import { AnnotationDesk } from '../../../dashboards/annotation-desk.ts'
import { serveDatasources, type ProvisionedDatasource } from '../../../dashboards/datasources.ts'
import { Folders } from '../../../dashboards/folders.ts'
import { DashboardLibrary } from '../../../dashboards/library.ts'
import { Preferences } from '../../../dashboards/preferences.ts'
import type { Provider } from '../../../dashboards/provisioning/provider.ts'
import { objectOf, objectsOf, type JsonObject } from '../../../lang/dashboard/json-value.ts'
import { silentLog } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import type { PrometheusDoors } from '../../prometheus/doors.ts'
import {
  createFakeDoors,
  createFakeWorld,
  type FakeWorld,
} from '../../prometheus/testing/fake-doors.ts'
import { createUiListener } from '../../ui.ts'
import { grafanaApi, type GrafanaDoors } from '../grafana.ts'
import { Sources } from '../grafana-sources.ts'
import { uiPrometheusRoutes } from '../prometheus-routes.ts'

export type Who = 'ada' | 'ed' | 'vi' | 'nobody' | { readonly token: string }

export interface BenchAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, where it is a JSON object; otherwise an empty one. */
  readonly body: JsonObject
  /** The objects of the body, where it is a list. */
  readonly list: readonly JsonObject[]
}

/** A real listener of the web UI over a database and folders of its own. */
export interface GrafanaBench {
  readonly url: string
  readonly library: DashboardLibrary
  readonly access: TestAccess
  readonly world: FakeWorld
  /** A folder that is removed in the end. */
  readonly folder: string
  /** `ada` is an admin, `ed` an editor, `vi` a viewer. */
  ask(
    who: Who,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<BenchAnswer>
  /** A token with these scopes. */
  token(scope: Scope): Promise<Who>
  close(): Promise<void>
}

export interface BenchOptions {
  readonly datasources?: readonly ProvisionedDatasource[]
  readonly isOwn?: (url: string) => boolean
}

export async function openGrafanaBench(options: BenchOptions = {}): Promise<GrafanaBench> {
  const access = await openTestAccess()
  const { control } = access
  access.nowMs = Date.now()
  const log = silentLog()
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-grafana-'))
  const world = createFakeWorld()
  const prometheus = createFakeDoors(world)
  const doors = grafanaDoorsOf(access, prometheus, options)
  const { library, sources } = doors
  const listener = createUiListener(
    {
      webFolder: '/nonexistent',
      prometheus,
      routes: grafanaApi(doors, log),
      registry: createRegistry(),
      log,
    },
    { address: { host: '127.0.0.1', port: 0 }, access: { control } },
  )
  const url = `http://127.0.0.1:${await listener.listen()}`
  let tokens = 0
  return {
    ...{ url, library, access, folder, world },
    ask: async (who, method, at, body, headers = {}) => {
      const answer = await fetch(url + at, {
        method,
        redirect: 'manual',
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...authorization(who),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const json = parse(text)
      return {
        ...{ status: answer.status, headers: answer.headers, text },
        ...{ body: objectOf(json), list: objectsOf(json) },
      }
    },
    token: async (scope) => {
      tokens++
      const request = { name: `bench ${tokens}`, scopes: [scope] }
      return { token: (await control.tokens.create(OPERATOR, request)).token }
    },
    close: async () => {
      await listener.close()
      await sources.close()
      await library.files.stop()
      await access.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What Grafana's API stands on, over the database of a test. */
export function grafanaDoorsOf(
  { metadata, control }: TestAccess,
  prometheus: PrometheusDoors,
  options: BenchOptions = {},
): GrafanaDoors {
  const log = silentLog()
  const nowMs = Date.now
  const served = serveDatasources(options.datasources ?? [])
  const datasources = () => served
  const folders = new Folders(metadata, nowMs)
  const library = new DashboardLibrary({ metadata, folders, log, datasources, nowMs })
  const sources = new Sources({
    own: {
      prometheus: { routes: uiPrometheusRoutes(prometheus, log), prefix: '/api/prometheus' },
    },
    isOwn: ({ url }) => Promise.resolve(options.isOwn?.(url) ?? false),
  })
  return {
    ...{ library, datasources, sources, rootUrl: () => 'http://localhost:3000' },
    ...{ preferences: new Preferences(metadata), annotations: new AnnotationDesk(metadata, nowMs) },
    accounts: { accounts: new ServiceAccounts(metadata, control, nowMs), tokens: control.tokens },
  }
}

/** A provider of one folder, looked through only when a test says so. */
export function providerOf(folder: string, more: Partial<Provider> = {}): Provider {
  return {
    ...{ name: 'test', folder: 'Files', folderUid: undefined, paths: [folder] },
    ...{ foldersFromFilesStructure: false, allowUiUpdates: true, disableDeletion: false },
    ...{ updateIntervalMs: 3_600_000, ...more },
  }
}

/** Writes a JSON file, with the folders above it. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
}

function authorization(who: Who): Record<string, string> {
  if (who === 'nobody') return {}
  if (typeof who !== 'string') return { authorization: `Bearer ${who.token}` }
  const pair = Buffer.from(`${who}:${PASSWORD}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
