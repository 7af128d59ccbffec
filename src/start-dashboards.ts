import type { AccessControl } from './access/access-control.ts'
import { ServiceAccounts } from './access/service-accounts.ts'
import { buildAliases, decideAlias, type BuiltInPart } from './collect/aliases.ts'
import { answersAt } from './collect/scrape/alias-source.ts'
import type { VedetteConfig } from './config.ts'
import type { Core } from './core.ts'
import { AnnotationDesk } from './dashboards/annotation-desk.ts'
import { serveDatasources, type ServedDatasource } from './dashboards/datasources.ts'
import { Folders } from './dashboards/folders.ts'
import { DashboardLibrary } from './dashboards/library.ts'
import { Preferences } from './dashboards/preferences.ts'
import { packProvider } from './dashboards/provisioning/pack-provider.ts'
import type { Provider } from './dashboards/provisioning/provider.ts'
import type { Route } from './http/exchange.ts'
import type { LokiDoors } from './http/loki/doors.ts'
import type { PrometheusDoors } from './http/prometheus/doors.ts'
import type { TempoDoors } from './http/tempo/doors.ts'
import { grafanaApi } from './http/ui/grafana.ts'
import { Sources } from './http/ui/grafana-sources.ts'
import { uiLokiRoutes } from './http/ui/loki-routes.ts'
import { uiPrometheusRoutes } from './http/ui/prometheus-routes.ts'
import { runbookRoutes } from './http/ui/runbook-routes.ts'
import { TEMPO_PREFIX, uiTempoRoutes } from './http/ui/tempo-routes.ts'
import type { Metadata } from './store/metadata/metadata.ts'

export interface DashboardParts {
  readonly metadata: Metadata
  readonly control: AccessControl | undefined
  readonly prometheus: PrometheusDoors
  readonly loki: LokiDoors
  readonly tempo: TempoDoors
  /** True for an address on which this program answers as Prometheus. */
  readonly isOwn: (address: string) => boolean
  /** Where the web UI is, where the configuration does not say it. */
  readonly uiUrl: () => string | undefined
}

/** The dashboards of a running program. */
export interface RunningDashboards {
  readonly routes: readonly Route[]
  /** Puts another configuration in force. */
  apply(config: VedetteConfig): Promise<void>
}

/** Opens the dashboards that are saved and those that are files, which are followed from now on. */
export async function startDashboards(
  core: Core,
  parts: DashboardParts,
): Promise<RunningDashboards> {
  const { metadata, control } = parts
  const log = core.log.child({ component: 'dashboards' })
  let served = serveDatasources(core.config().dashboards.datasources)
  const datasources = (): readonly ServedDatasource[] => served
  const folders = new Folders(metadata, Date.now)
  const library = new DashboardLibrary({ metadata, folders, log, datasources, nowMs: Date.now })
  const sources = new Sources({
    own: {
      prometheus: {
        routes: uiPrometheusRoutes(parts.prometheus, log),
        prefix: '/api/prometheus',
      },
      loki: { routes: uiLokiRoutes(parts.loki), prefix: '/api' },
      tempo: { routes: uiTempoRoutes(parts.tempo), prefix: TEMPO_PREFIX },
    },
    isOwn: rememberOwn(core, parts.isOwn),
  })
  core.ends.push(
    () => sources.close(),
    () => library.files.stop(),
  )
  await library.files.apply(providersOf(core.config()))
  const routes = grafanaApi(
    {
      ...{ library, datasources, sources },
      ...{
        preferences: new Preferences(metadata),
        annotations: new AnnotationDesk(metadata, Date.now),
      },
      rootUrl: () => core.config().dashboards.rootUrl ?? parts.uiUrl() ?? '',
      accounts: control && {
        accounts: new ServiceAccounts(metadata, control, Date.now),
        tokens: control.tokens,
      },
    },
    log,
  )
  const runbooks = runbookRoutes(() => core.config().packs.packs.map(({ manifest }) => manifest))
  return {
    routes: [...routes, ...runbooks],
    apply: async (config) => {
      served = serveDatasources(config.dashboards.datasources)
      await sources.forget()
      await library.files.apply(providersOf(config))
    },
  }
}

/** The dashboards that ship (those of packs), then those of the configuration. */
function providersOf({ packs, dashboards }: VedetteConfig): readonly Provider[] {
  const wanted = packs.packs.filter(({ mode }) => mode !== 'off')
  return [packProvider(wanted.map(({ manifest }) => manifest.folder)), ...dashboards.providers]
}

/** How long a decision about an address is believed. */
const BELIEVE_MS = 60_000

/** Which part plays a source of each type. */
const PART_OF_TYPE: Readonly<Record<string, BuiltInPart>> = {
  prometheus: 'self',
  loki: 'loki',
  tempo: 'tempo',
  alertmanager: 'alertmanager',
}

/** Whether the URL of a source means this program: its own address, or an alias behind which nothing else answers. */
function rememberOwn(
  core: Core,
  isOwn: (address: string) => boolean,
): (source: ServedDatasource) => Promise<boolean> {
  const decisions = new Map<string, { readonly isOwn: boolean; readonly atMs: number }>()
  return async ({ type, url }) => {
    const part = PART_OF_TYPE[type]
    if (part === undefined || !URL.canParse(url)) return false
    const { hostname, port, protocol } = new URL(url)
    const address = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
    const known = decisions.get(address)
    if (known !== undefined && Date.now() - known.atMs < BELIEVE_MS) return known.isOwn
    const decision = await decideAlias({
      ...{ address, isOwn, probe: answersAt },
      aliases: buildAliases(core.config().aliases),
      available: new Set([part]),
    })
    const verdict = decision.kind === 'part' && decision.part === part
    if (known?.isOwn !== verdict && decision.kind === 'foreign') {
      core.log.warn('a data source', { reason: decision.message })
    }
    decisions.set(address, { isOwn: verdict, atMs: Date.now() })
    return verdict
  }
}
