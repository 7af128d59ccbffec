import { LISTENER_NAMES, type VedetteConfig } from '../config.ts'

export interface ShadowPlace {
  /** Where everything is kept until the end, absolute. */
  readonly dataFolder: string
  /** Where the Prometheus API answers, and remote write is taken. */
  readonly listen: { readonly host: string; readonly port: number }
  /** False: samples come by remote write. */
  readonly isScraping: boolean
}

/**
 * The same configuration for a program beside the running stack: it scrapes and evaluates as that one does, keeps everything in a
 * scratch folder, listens elsewhere, and nothing leaves it: no notification, no sample, no line.
 */
export function shadowConfig(config: VedetteConfig, place: ShadowPlace): VedetteConfig {
  const { prometheus } = config
  return {
    ...config,
    ...{ backup: undefined, archive: undefined, cluster: undefined },
    dataFolder: place.dataFolder,
    metadata: { url: undefined },
    clickhouse: undefined,
    prometheus: {
      ...prometheus,
      // Without any of others, alerts go to the own Alertmanager, which only records.
      alerting: { ...prometheus.alerting, alertmanagers: [] },
      remoteWrite: [],
      remoteRead: [],
      scrapeConfigs: place.isScraping ? prometheus.scrapeConfigs : [],
    },
    alerting: { ...config.alerting, isShadow: true, heartbeat: undefined },
    packs: { packs: [] },
    dashboards: { ...config.dashboards, providers: [] },
    listen: listenOnly(config, place),
    access: { ...config.access, required: false },
    collector: undefined,
    spanGenerators: [],
    tail: undefined,
  }
}

/** What is asked here, on ports of its own; all other doors are shut. */
function listenOnly(
  config: VedetteConfig,
  { listen }: Pick<ShadowPlace, 'listen'>,
): VedetteConfig['listen'] {
  const out = { ...config.listen }
  for (const name of LISTENER_NAMES) out[name] = undefined
  return { ...out, prometheus: listen, alertmanager: { host: '127.0.0.1', port: 0 } }
}
