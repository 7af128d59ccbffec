import { statfs } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { UiStatusJson, UiStorageJson } from './contract/ui.ts'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import type { Route } from './http/exchange.ts'
import type { Listener } from './http/listener.ts'
import type { LokiDoors } from './http/loki/doors.ts'
import type { PrometheusDoors, WebUi } from './http/prometheus/doors.ts'
import { createUiListener } from './http/ui.ts'
import { formatMatcher } from './model/matcher.ts'
import { VERSION } from './self/version.ts'
import { formatFault, type ConfigFault } from './yaml/fault.ts'

/** What the rest of the program tells the web UI. */
export interface UiParts {
  readonly prometheus: PrometheusDoors
  readonly loki: LokiDoors
  /** Where each open listener is. */
  readonly urls: ReadonlyMap<string, string>
  /** What was read differently or is ignored of the configuration in force. */
  readonly warnings: () => readonly ConfigFault[]
  /** Routes of other parts below `/api/`. */
  readonly routes: readonly Route[]
}

/** The listener of the web UI; undefined when it is off. */
export function createUi(core: Core, parts: UiParts): Listener | undefined {
  const { listen } = core.config()
  if (listen.ui === undefined) return undefined
  const status: Route = {
    methods: ['GET'],
    path: '/api/vedette/status',
    permission: 'read',
    handle: async () => ({
      contentType: 'application/json',
      body: JSON.stringify(await describeStatus(core, parts)),
    }),
  }
  return createUiListener(
    {
      webFolder: webFolder(),
      prometheus: parts.prometheus,
      loki: parts.loki,
      routes: [status, ...parts.routes],
      registry: core.registry,
      log: core.log,
    },
    { address: listen.ui, access: core.access(), basePath: basePathOf(core.config()) },
  )
}

/** Where people find the web UI; undefined when it is off. */
export function webUiOf(
  { dashboards: { rootUrl } }: VedetteConfig,
  urls: ReadonlyMap<string, string>,
): WebUi | undefined {
  const url = urls.get('ui')
  if (url === undefined) return undefined
  return { url: rootUrl ?? url, isPublic: rootUrl !== undefined }
}

/** The path of the address that people use; '' at the top. */
function basePathOf({ dashboards }: VedetteConfig): string {
  const { rootUrl } = dashboards
  return rootUrl === undefined ? '' : new URL(rootUrl).pathname.replace(/\/$/, '')
}

/** Beside the bundle (dist/main.js), or, where the sources run as they are, in dist/. */
function webFolder(): string {
  const isBundled = !import.meta.url.endsWith('/src/start-ui.ts')
  return fileURLToPath(new URL(isBundled ? 'web/' : '../dist/web/', import.meta.url))
}

async function describeStatus(core: Core, parts: UiParts): Promise<UiStatusJson> {
  const config = core.config()
  const { alertmanagers } = parts.prometheus
  return {
    version: VERSION,
    startedMs: core.startedMs,
    nowMs: Date.now(),
    ready: parts.prometheus.readiness.ready(),
    listeners: [...parts.urls].map(([name, url]) => ({ name, url })),
    config: {
      files: config.files,
      warnings: parts.warnings().map(formatFault),
      scrapeJobs: config.prometheus.scrapeConfigs.length,
      alertmanagers: alertmanagers.active().length,
      remoteWrites: config.prometheus.remoteWrite.length,
    },
    alerting: describeAlerting(config),
    access: {
      isAnonymous: config.access.anonymous !== undefined,
      writers: (config.access.trusted ?? []).filter((one) => one.write).map((one) => one.cidr),
    },
    storage: { ...(await describeStorage(core)), memory: parts.prometheus.memory?.() ?? null },
  }
}

function describeAlerting({ alertmanager, alerting }: VedetteConfig): UiStatusJson['alerting'] {
  const receivers = alertmanager?.config.receivers ?? []
  const heard = receivers.filter(({ entries }) => entries.length > 0)
  return { receivers: heard.map(({ name }) => name), isShadow: alerting.isShadow }
}

async function describeStorage({
  config,
  late,
  disk,
}: Core): Promise<Omit<UiStorageJson, 'memory'>> {
  const { retention, dataFolder, clickhouse } = config()
  const stats = late.opened?.stats()
  return {
    place: clickhouse?.url ?? dataFolder,
    retentionMs: retention.timeMs,
    retentionBytes: retention.sizeBytes,
    rules: retention.rules.map(({ matchers, timeMs }) => ({
      match: `{${matchers.map(formatMatcher).join(',')}}`,
      retentionMs: timeMs,
    })),
    disk: clickhouse === undefined ? await describeDisk(dataFolder) : null,
    usage: (await disk.describe()) ?? null,
    store:
      stats === undefined
        ? null
        : {
            series: stats.series,
            hotSamples: stats.hotSamples,
            hotBytes: stats.hotBytes,
            pendingRows: stats.pendingRows,
            oldestMs: finiteOrNull(stats.oldestMs),
            newestMs: finiteOrNull(stats.newestMs),
          },
  }
}

/** Null before the folder is made, and where the platform does not tell. */
async function describeDisk(folder: string): Promise<UiStorageJson['disk']> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch {
    return null
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
